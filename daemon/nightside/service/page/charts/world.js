// The Earth on a plate carrée, drawn as SVG: classes name what there is, and the style sheet's themes colour it.
const ASK_MS = 30_000;
const EDGES = [[-90, -180], [90, 180]];

const points = (line) => line.latitude_deg.map((latitude, i) => [latitude, line.longitude_deg[i]]);

function rings({ scale_deg, rings }) {
  return rings.map((steps) => {
    const ring = [];
    let [y, x] = [0, 0];
    for (let i = 0; i < steps.length; i += 2) {
      y += steps[i];
      x += steps[i + 1];
      ring.push([y * scale_deg, x * scale_deg]);
    }
    return ring;
  });
}

function styled(href) {
  return new Promise((done, fault) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: fault });
    document.head.append(link);
  });
}

export default {
  props: { resourcePath: String, coastline: String },
  template: `
    <div>
      <p v-if="fault" class="quiet" role="status">{{ fault }}</p>
      <div v-if="broken" class="state" role="note">
        <p>The map could not be loaded, so it is not drawn. What it would show is said below.</p>
        <p>Load the page again to try once more.</p>
      </div>
      <div v-else ref="map" class="world" role="application" aria-label="World map: arrow keys move it, plus and minus zoom"></div>
      <p class="quiet world-says">{{ says }}</p>
    </div>`,
  data: () => ({ fault: "", broken: false, world: null, zone: "utc" }),
  computed: {
    says() {
      const world = this.world;
      if (!world) return "";
      const at = this.zone && nightside.written(new Date(world.at), "time");
      const where = (place) => {
        const [a, b] = [place.latitude_deg, place.longitude_deg];
        return `${Math.abs(a).toFixed(1)}° ${a < 0 ? "S" : "N"}, ${Math.abs(b).toFixed(1)}° ${b < 0 ? "W" : "E"}`;
      };
      const light = { day: "in sunlight", penumbra: "in penumbra", umbra: "in the Earth's shadow" }[world.satellite_light];
      return [
        `At ${at}`,
        world.satellite && `${world.satellite_name} is over ${where(world.satellite)}, ${light}`,
        world.site && `the site is at ${where(world.site)}`,
        `the Sun is overhead at ${where(world.sun)}`,
      ].filter(Boolean).join("; ") + ".";
    },
  },
  methods: {
    async ask() {
      if (document.hidden) return;
      try {
        const answer = await fetch("/api/v1/world");
        if (!answer.ok) throw new Error();
        this.world = await answer.json();
        this.fault = this.world.trouble ? `${this.world.trouble.what} ${this.world.trouble.remedy}` : "";
        this.draw(this.world);
      } catch {
        this.fault = this.world ? "This is as it was when the daemon was last reached." : "The daemon does not answer.";
      }
    },
    draw(world) {
      if (!this.leaflet) return; // the words alone
      const { L, layer } = this.leaflet;
      layer.clearLayers();
      const line = (part, className) => L.polyline(points(part), { className, interactive: false }).addTo(layer);
      const spot = (place, className, radius) =>
        L.circleMarker([place.latitude_deg, place.longitude_deg], { className, radius, interactive: false }).addTo(layer);
      world.shades.forEach((shade) =>
        shade.rings.forEach((ring) => L.polygon(points(ring), { className: "world-shade", stroke: false, interactive: false }).addTo(layer)),
      );
      world.terminator.forEach((part) => line(part, "world-terminator"));
      world.areas.forEach((area) => area.outlines.forEach((part) => line(part, "world-area")));
      world.track.forEach((leg) => line(leg, `world-track ${leg.light}${leg.at_s.at(-1) <= 0 ? " past" : ""}`));
      spot(world.sun, "world-sun", 6);
      if (world.site) spot(world.site, "world-site", 6);
      if (world.satellite) spot(world.satellite, "world-satellite", 7);
    },
    async open(L) {
      const map = L.map(this.$refs.map, {
        crs: L.CRS.EPSG4326, attributionControl: false, zoomSnap: 0, zoomDelta: 0.75, maxZoom: 5, center: [0, 0], zoom: 0,
        maxBounds: EDGES, maxBoundsViscosity: 1, scrollWheelZoom: false, fadeAnimation: false, zoomAnimation: false,
      });
      const land = await (await fetch(this.coastline)).json();
      // One shape of all rings: what lies inside of two of them is a lake.
      L.polygon(rings(land), { className: "world-land", interactive: false, smoothFactor: 0.7 }).addTo(map);
      this.leaflet = { L, map, layer: L.layerGroup().addTo(map) };
      this.fit();
      this.sized = new ResizeObserver(() => this.fit());
      this.sized.observe(this.$refs.map);
    },
    fit() {
      const map = this.leaflet.map;
      map.invalidateSize();
      map.setMinZoom(Math.log2(map.getSize().x / 512));
      map.fitBounds(EDGES, { animate: false });
    },
  },
  async mounted() {
    try {
      const { leaflet } = await import("nicegui-leaflet");
      await styled(`${window.path_prefix ?? ""}${this.resourcePath}/leaflet/leaflet.css`);
      if (this.$refs.map) await this.open(leaflet);
    } catch (error) {
      console.error(error);
      this.broken = true;
    }
    this.zone = nightside.chosen.zone;
    this.off = nightside.on("zone", (zone) => (this.zone = zone));
    this.seen = () => this.ask();
    document.addEventListener("visibilitychange", this.seen);
    this.timer = setInterval(() => this.ask(), ASK_MS);
    await this.ask();
    this.$el.dataset.drawn = "";
  },
  unmounted() {
    clearInterval(this.timer);
    this.off?.();
    document.removeEventListener("visibilitychange", this.seen);
    this.sized?.disconnect();
    this.leaflet?.map.remove();
  },
};
