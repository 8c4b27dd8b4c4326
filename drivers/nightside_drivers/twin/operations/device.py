"""Operations on the body itself: who it is, its session, its properties, its events."""

from nightside_drivers.twin.codes import BULB, Operation, Property, Response
from nightside_drivers.twin.datasets import array16, string, u16, u32
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Table, data
from nightside_drivers.twin.properties import Refusal


def get_device_info(context: Context, request: Request) -> Reply:
    """DeviceInfo (ISO 15740, 5.5.1)."""
    facts = context.body.facts
    file = facts.file
    return data(
        u16(100)
        + u32(file.vendor_extension_id)
        + u16(file.vendor_extension_version)
        + string(file.vendor_extension)
        + u16(0)
        + array16(file.operations)
        + array16(file.events)
        + array16(facts.listed)
        + array16(file.capture_formats)
        + array16(file.image_formats)
        + string(file.maker)
        + string(file.model)
        + string(file.version)
        + string(context.body.options.serial)
    )


def open_session(context: Context, request: Request) -> Reply:
    """A session number other than 0 opens the one session that a body has."""
    if request.parameter(0) == 0:
        return Reply(Response.INVALID_PARAMETER)
    if context.session.number:
        return Reply(Response.SESSION_ALREADY_OPENED, (context.session.number,))
    context.session.number = request.parameter(0)
    context.body.events.reset()
    return Reply()


def close_session(context: Context, request: Request) -> Reply:
    """The end of the session; the dials are the photographer's again."""
    context.session.number = 0
    context.body.button.abandon()
    context.session.remote = False
    context.body.live.end()
    return Reply()


def get_device_prop_desc(context: Context, request: Request) -> Reply:
    """A property's type, limits and value."""
    context.body.refresh()
    return data(context.body.properties.pack_description(request.parameter(0)))


def get_device_prop_value(context: Context, request: Request) -> Reply:
    """A property's value."""
    context.body.refresh()
    return data(context.body.properties.pack_value(request.parameter(0)))


def set_device_prop_value(context: Context, request: Request) -> Reply:
    """A new value, where the body takes it."""
    body, code = context.body, request.parameter(0)
    what = body.properties.parse(code, request.data)
    if body.shutter.busy:
        raise Refusal(body.busy_response)
    if code in {Property.EXPOSURE_TIME, Property.EXPOSURE_TIME_RATIO} and what == BULB and not body.facts.can_bulb:
        raise Refusal(Response.SHUTTER_SPEED_BULB)
    body.turn(code, what)
    return Reply()


def get_event(context: Context, request: Request) -> Reply:
    """What happened since the last time: a count, then code and first parameter of each event."""
    told = context.body.events.poll()
    return data(u16(len(told)) + b"".join(u16(event.code) + u32(event.parameter) for event in told))


def device_ready(context: Context, request: Request) -> Reply:
    """OK, or busy while an exposure or a movement of the mirror goes on."""
    body = context.body
    if body.shutter.busy:
        return Reply(body.busy_response)
    return Reply(Response.DEVICE_BUSY if body.live.on and not body.live.ready else Response.OK)


def get_vendor_prop_codes(context: Context, request: Request) -> Reply:
    """The property codes that DeviceInfo leaves out."""
    return data(array16(context.body.facts.vendor_listed))


def change_camera_mode(context: Context, request: Request) -> Reply:
    """1 takes the dials into the initiator's hands, 0 gives them back."""
    if request.parameter(0) > 1:
        return Reply(Response.INVALID_PARAMETER)
    context.session.remote = bool(request.parameter(0))
    return Reply()


TABLE: Table = {
    Operation.GET_DEVICE_INFO: get_device_info,
    Operation.OPEN_SESSION: open_session,
    Operation.CLOSE_SESSION: close_session,
    Operation.GET_DEVICE_PROP_DESC: get_device_prop_desc,
    Operation.GET_DEVICE_PROP_VALUE: get_device_prop_value,
    Operation.SET_DEVICE_PROP_VALUE: set_device_prop_value,
    Operation.GET_EVENT: get_event,
    Operation.DEVICE_READY: device_ready,
    Operation.GET_VENDOR_PROP_CODES: get_vendor_prop_codes,
    Operation.CHANGE_CAMERA_MODE: change_camera_mode,
}
