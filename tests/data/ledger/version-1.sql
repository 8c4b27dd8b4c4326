BEGIN TRANSACTION;
CREATE TABLE about (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('version','1');
CREATE TABLE copies (
	frame_id INTEGER NOT NULL, 
	sink VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	verified_at DATETIME NOT NULL, 
	PRIMARY KEY (frame_id, sink), 
	FOREIGN KEY(frame_id) REFERENCES frames (id)
);
INSERT INTO "copies" VALUES(1,'frames','20180703-star-trail/20180703T200634Z/2012345-00000-DSC_0002.nef','2018-07-03 20:02:34.439840');
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind VARCHAR NOT NULL, 
	window_id INTEGER, 
	shot_index INTEGER, 
	frame_id INTEGER, 
	detail JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'2018-07-03 20:01:34.439840','window-planned',1,NULL,NULL,'{"session": "20180703-star-trail", "program": "star-trail"}');
INSERT INTO "events" VALUES(2,'2018-07-03 20:01:34.439840','window-shooting',1,NULL,NULL,'{}');
INSERT INTO "events" VALUES(3,'2018-07-03 20:01:34.439840','card-listed',1,NULL,NULL,'{"files": 1}');
INSERT INTO "events" VALUES(4,'2018-07-03 20:02:04.439840','shot-armed',1,0,NULL,'{}');
INSERT INTO "events" VALUES(5,'2018-07-03 20:02:04.439840','shot-exposed',1,0,NULL,'{}');
INSERT INTO "events" VALUES(6,'2018-07-03 20:02:04.439840','frame-on-card',1,0,1,'{}');
INSERT INTO "events" VALUES(7,'2018-07-03 20:02:04.439840','frame-on-card',1,0,2,'{}');
INSERT INTO "events" VALUES(8,'2018-07-03 20:02:34.439840','shot-armed',1,1,NULL,'{}');
INSERT INTO "events" VALUES(9,'2018-07-03 20:02:34.439840','shot-exposed',1,1,NULL,'{}');
INSERT INTO "events" VALUES(10,'2018-07-03 20:02:34.439840','frame-on-card',1,1,3,'{}');
INSERT INTO "events" VALUES(11,'2018-07-03 20:02:34.439840','frame-on-card',1,1,4,'{}');
INSERT INTO "events" VALUES(12,'2018-07-03 20:02:34.439840','shot-missed',1,2,NULL,'{"reason": "The card was full."}');
INSERT INTO "events" VALUES(13,'2018-07-03 20:02:34.439840','window-settling',1,NULL,NULL,'{}');
INSERT INTO "events" VALUES(14,'2018-07-03 20:02:34.439840','window-draining',1,NULL,NULL,'{}');
INSERT INTO "events" VALUES(15,'2018-07-03 20:02:34.439840','frame-drained',NULL,NULL,1,'{}');
INSERT INTO "events" VALUES(16,'2018-07-03 20:02:34.439840','frame-stored',NULL,NULL,1,'{"sink": "frames"}');
INSERT INTO "events" VALUES(17,'2018-07-03 20:02:34.439840','frame-safe',NULL,NULL,1,'{}');
CREATE TABLE frames (
	id INTEGER NOT NULL, 
	window_id INTEGER NOT NULL, 
	shot_index INTEGER, 
	folder VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	size BIGINT, 
	sha256 VARCHAR(64), 
	spool_path VARCHAR, 
	adopted BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (window_id, folder, name), 
	FOREIGN KEY(window_id) REFERENCES windows (id)
);
INSERT INTO "frames" VALUES(1,1,0,'/store_00010001/DCIM/100ND3S_','DSC_0002.NEF','safe',12000000,'abababababababababababababababababababababababababababababababab','20180703-star-trail/20180703T200634Z/2012345-00000-DSC_0002.nef',0);
INSERT INTO "frames" VALUES(2,1,0,'/store_00010001/DCIM/100ND3S_','DSC_0002.JPG','on-card',NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(3,1,1,'/store_00010001/DCIM/100ND3S_','DSC_0003.NEF','on-card',NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(4,1,1,'/store_00010001/DCIM/100ND3S_','DSC_0003.JPG','on-card',NULL,NULL,NULL,0);
CREATE TABLE shots (
	window_id INTEGER NOT NULL, 
	"index" INTEGER NOT NULL, 
	open_at DATETIME NOT NULL, 
	close_at DATETIME NOT NULL, 
	state VARCHAR NOT NULL, 
	reason VARCHAR, 
	opened_at DATETIME, 
	opened_late_s FLOAT, 
	closed_at DATETIME, 
	PRIMARY KEY (window_id, "index"), 
	FOREIGN KEY(window_id) REFERENCES windows (id)
);
INSERT INTO "shots" VALUES(1,0,'2018-07-03 20:06:34.439840','2018-07-03 20:07:04.439840','exposed',NULL,'2018-07-03 20:06:34.440840',0.001,'2018-07-03 20:07:04.439840');
INSERT INTO "shots" VALUES(1,1,'2018-07-03 20:07:04.639840','2018-07-03 20:07:34.639840','exposed',NULL,'2018-07-03 20:07:04.640840',0.001,'2018-07-03 20:07:34.639840');
INSERT INTO "shots" VALUES(1,2,'2018-07-03 20:07:34.839840','2018-07-03 20:08:04.839840','missed','The card was full.',NULL,NULL,NULL);
CREATE TABLE windows (
	id INTEGER NOT NULL, 
	session VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	serial VARCHAR NOT NULL, 
	start DATETIME NOT NULL, 
	"end" DATETIME NOT NULL, 
	"plan" JSON NOT NULL, 
	card_before JSON, 
	phase VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (session, name, serial)
);
INSERT INTO "windows" VALUES(1,'20180703-star-trail','20180703T200634Z','2012345','2018-07-03 20:06:34.439840','2018-07-03 20:42:34.439840','{"version": 1, "program": "star-trail", "kind": "star-trail", "body": "Nikon D3s", "span": {"start": "2018-07-03T20:06:34.439840Z", "end": "2018-07-03T20:42:34.439840Z", "uncertainty_s": 0.2}, "shots": [{"index": 0, "open_at": "2018-07-03T20:06:34.439840Z", "close_at": "2018-07-03T20:07:04.439840Z", "exposure": {"shutter_s": 30.0, "iso": 800, "aperture": null, "release": "usb", "frames": 1}, "release": "usb", "joined": false}, {"index": 1, "open_at": "2018-07-03T20:07:04.639840Z", "close_at": "2018-07-03T20:07:34.639840Z", "exposure": {"shutter_s": 30.0, "iso": 800, "aperture": null, "release": "usb", "frames": 1}, "release": "usb", "joined": false}, {"index": 2, "open_at": "2018-07-03T20:07:34.839840Z", "close_at": "2018-07-03T20:08:04.839840Z", "exposure": {"shutter_s": 30.0, "iso": 800, "aperture": null, "release": "usb", "frames": 1}, "release": "usb", "joined": false}], "overrun": "push", "slack_s": 0.2, "frame_bytes": 14000000, "warnings": []}','["/store_00010001/DCIM/100ND3S_/DSC_0001.NEF"]','draining');
CREATE INDEX windows_phase ON windows (phase);
CREATE INDEX events_window ON events (window_id);
CREATE INDEX shots_state ON shots (window_id, state);
CREATE INDEX frames_state ON frames (state);
CREATE INDEX frames_shot ON frames (window_id, shot_index);
COMMIT;
