"""`Offered`: everything that a running daemon offers to whoever asks, a service value a field. Routes and pages hold no logic."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nightside.engine.desk import Desk
from nightside.focus.viewfinder import Viewfinder
from nightside.pulse import Pulse
from nightside.service.arming import Arming
from nightside.service.configuration import Configuration
from nightside.service.findings.board import Findings
from nightside.service.gallery.gallery import Gallery
from nightside.service.library import Library
from nightside.service.outlook.outlooks import Outlooks
from nightside.service.status import Status
from nightside.service.stores import Stores
from nightside.service.verifying import Verifying

if TYPE_CHECKING:
    from nightside.service.metrics.registry import Metrics  # and with it a library that is only needed where it is offered


@dataclass(frozen=True, slots=True)
class Offered:
    """For one daemon, on its event loop. A new subject adds its value here, and `nightside.app` builds it."""

    desk: Desk
    """What goes on now, and commands."""
    library: Library
    """What was, and what comes."""
    findings: Findings
    """What could spoil the night."""
    outlooks: Outlooks
    """The next day, and the map."""
    arming: Arming
    """What is shot at the next windows."""
    metrics: "Metrics"
    """What is counted and measured."""
    stores: Stores
    """Where frames lie."""
    gallery: Gallery
    """Frames to look at, and to judge."""
    pulse: Pulse
    """Whether every part gets on."""
    viewfinders: tuple[Viewfinder, ...] = ()
    """Live view, one a body, in the order of the configuration."""
    configuration: Configuration | None = None
    """The configuration, to be read again; `None` where there is no file."""
    verifying: Verifying | None = None
    """The sinks, to be read back; `None` where there is none."""

    @property
    def status(self) -> Status:
        """All of it on one page."""
        from nightside.service.version import VERSION  # which has to be read from the disk

        library = self.library
        return Status(VERSION, library.clock.utc(), self.desk.snapshots, self.stores.sinks, library.agenda.findings)
