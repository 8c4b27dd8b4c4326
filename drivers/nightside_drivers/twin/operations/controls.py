"""Operations on picture controls and preset white balance: blobs of Nikon's own that the body keeps as it gets them."""

from nightside_drivers.twin.codes import Operation, Response
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Table, data
from nightside_drivers.twin.properties import Refusal

_ACTIVE_ITEM = 0xD200
"""The property whose choices are the picture controls there can be."""
_FIRST_CUSTOM = 201
_LONGEST = 1024
_PRESETS = 5


def get_pict_ctrl_data(context: Context, request: Request) -> Reply:
    """A picture control: what was set, or nothing but noughts for a built-in one."""
    item = _item(context, request)
    kept = context.body.picture_controls.get(item)
    if kept is None and item >= _FIRST_CUSTOM:
        raise Refusal(Response.INVALID_PARAMETER)
    return data(kept if kept is not None else bytes(34))


def set_pict_ctrl_data(context: Context, request: Request) -> Reply:
    """Keep a picture control."""
    item = _item(context, request)
    if not 0 < len(request.data) <= _LONGEST:
        raise Refusal(Response.INVALID_DATASET)
    context.body.picture_controls[item] = request.data
    return Reply()


def del_cst_pic_ctrl(context: Context, request: Request) -> Reply:
    """Forget a custom picture control."""
    item = _item(context, request)
    if item < _FIRST_CUSTOM or context.body.picture_controls.pop(item, None) is None:
        raise Refusal(Response.INVALID_PARAMETER)
    return Reply()


def get_pic_ctrl_capability(context: Context, request: Request) -> Reply:
    """What can be adjusted in a picture control: nothing that the twin would act upon."""
    _item(context, request)
    return data(bytes(8))


def set_pre_wb_data(context: Context, request: Request) -> Reply:
    """Preset white balance, which changes nothing in the twin's pictures."""
    if request.parameter(0) >= _PRESETS or not 0 < len(request.data) <= _LONGEST:
        raise Refusal(Response.INVALID_PARAMETER)
    return Reply()


def _item(context: Context, request: Request) -> int:
    if request.parameter(0) not in (context.body.properties.choices(_ACTIVE_ITEM) or ()):
        raise Refusal(Response.INVALID_PARAMETER)
    return request.parameter(0)


TABLE: Table = {
    Operation.GET_PICT_CTRL_DATA: get_pict_ctrl_data,
    Operation.SET_PICT_CTRL_DATA: set_pict_ctrl_data,
    Operation.DEL_CST_PIC_CTRL: del_cst_pic_ctrl,
    Operation.GET_PIC_CTRL_CAPABILITY: get_pic_ctrl_capability,
    Operation.SET_PRE_WB_DATA: set_pre_wb_data,
}
