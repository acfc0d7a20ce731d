"""The kinds of notices: what each is called, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text


@dataclass(frozen=True)
class Kind:
    title: Text
    explanation: Text


#: The kind of what a record was allowed to say once, and would not be today.
OUTDATED: Final = "outdated"
EXPIRED_INVITATION: Final = "invitation_expired"

#: Code of a notice → its kind, in the order of the page: first what keeps energy from being shared.
KINDS: Final[Mapping[str, Kind]] = {
    "delivery_point_doubtful": Kind(
        _("Delivery point that looks wrong"),
        _("The code does not look like one of its type. Compare it with the electricity bill."),
    ),
    "look_alikes": Kind(
        _("Letters of two alphabets in one id"),
        _("Some letters look like Latin ones but are not, so that searches miss the id. Type it again."),
    ),
    "delivery_point_without_meter": Kind(
        _("Delivery point without a meter"),
        _("No meter of the member names the delivery point. Add the meter, or name the point in it."),
    ),
    "unknown_delivery_point": Kind(
        _("Meter at an unknown delivery point"),
        _("The asset names a delivery point that its owner does not have. One of the two is mistyped."),
    ),
    "delivery_point_in_many_communities": Kind(
        _("Delivery point in too many communities"),
        _("An Austrian delivery point may take part in five communities at most."),
    ),
    "no_delivery_point": Kind(
        _("Active member without a delivery point"),
        _("Nobody can share energy without one. Add the point, or change the member's status."),
    ),
    "no_area": Kind(
        _("Active member in no area"),
        _("Energy is shared within an area. Choose the one in which the member's delivery point lies."),
    ),
    "no_account": Kind(
        _("Active member without an account"),
        _("The member cannot see the own record yet. Invite the member from its page."),
    ),
    EXPIRED_INVITATION: Kind(
        _("Invitation that has expired"),
        _("Nobody has accepted the invitation in time. Send a new one, or withdraw it."),
    ),
    "no_generator": Kind(
        _("Producer without a generating asset"),
        _("The role says that the member makes electricity. Add the plant, or change the role."),
    ),
    "no_capacity": Kind(
        _("Asset of unknown size"),
        _("It is missing from the installed capacity. The size is on the data sheet of the device."),
    ),
    "zero_capacity": Kind(
        _("Asset of size 0"),
        _("An asset of size 0 does nothing. Enter the size, or leave it out where it is not known."),
    ),
    "unusual_value": Kind(
        _("Unusual number"),
        _("The number is possible but rare; a wrong unit or a shifted decimal point is more likely."),
    ),
    "outside_incentive": Kind(
        _("Plant outside the incentive"),
        _("In Italy, energy shared by a plant of this size gets no incentive."),
    ),
    "unknown_asset": Kind(
        _("Relation to an unknown asset"),
        _("The asset is said to measure, or to be paired with, an asset that the community does not have."),
    ),
    "unknown_operator": Kind(
        _("Node with an unknown grid operator"),
        _("The grid names an operator that is not among the community's operators."),
    ),
    "vat_doubtful": Kind(
        _("VAT number that looks wrong"),
        _("The number fails its check. Compare it with a document of the tax office."),
    ),
    "fiscal_code_doubtful": Kind(
        _("Fiscal code that looks wrong"),
        _("The code fails its check. Compare it with a document of the tax office."),
    ),
    "no_contact": Kind(
        _("Community without a contact"),
        _("Members find nobody to call. Enter an e-mail address, a phone number or a postal address."),
    ),
    "left_before_joined": Kind(
        _("Membership that ends before it begins"), _("One of the two dates is mistyped.")
    ),
    "date_in_future": Kind(
        _("Date in the future"), _("The date has not come yet. The year may be mistyped.")
    ),
    "unusual_word": Kind(
        _("Unusual word"),
        _("Other programs know a fixed set of words here, and may not understand this one."),
    ),
    OUTDATED: Kind(
        _("Value that would not be accepted today"),
        _("It was stored before the rule existed. It may stay until somebody changes this value."),
    ),
}


def kind_of(code: str) -> str:
    """The kind to which a notice with this code belongs; the codes of all refusals are one kind."""
    return code if code in KINDS else OUTDATED
