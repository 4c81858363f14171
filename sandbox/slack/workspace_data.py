"""The people, channels and user groups of the workspace: a small company that trains vision models.

The ids are stable, so that a configuration can name them.
"""

from sandbox.slack.directory import Channel, Directory, Person, Team, UserGroup

APP_ID = "A07QV4T1KZC"
BOT_ID = "B07QXM5RW0H"

_HOME = Team(id="T07LK2M9QXA", name="Kestrel Vision", domain="kestrel-vision")
_PARTNER = Team(id="T04RB8D3NJE", name="Northgate Survey", domain="northgate-survey")

_ALICE = "U07LMA4K1QD"
_OMAR = "U07LMO8C2WF"
_PAULA = "U07LMP3H9ZT"
_VERA = "U07LMV6B0XS"
_NINA = "U07LMN1J7YR"
_GUS = "U07LMG5E4VK"
_SIGRID = "U07LMS9F3UM"
_DORA = "U07LMD2G8TN"
_APP = "U07LMB0T6PH"
_REMINDER_BOT = "U07LMR4N5BQ"
_EXT = "U04RBX7W1LG"

_MEMBERS = {_ALICE, _OMAR, _PAULA, _VERA, _NINA}


def small_company(bot_name: str) -> Directory:
    """Return the workspace as it is at the start; each call makes a new one.

    Args:
        bot_name: The display name of the app's bot user.
    """
    return Directory(_HOME, _people(bot_name), _channels(), _groups(), app_user_id=_APP)


def _people(bot_name: str) -> list[Person]:
    return [
        Person(_ALICE, "alice", "Alice Moreau", _HOME, "D07LN1A5KQ0", title="Head of ML", is_admin=True),
        Person(_OMAR, "omar", "Omar Haddad", _HOME, "D07LN2C8WF3", title="ML engineer"),
        Person(_PAULA, "paula", "Paula Lindqvist", _HOME, "D07LN3H1ZT6", title="ML engineer"),
        Person(_VERA, "vera", "Vera Okafor", _HOME, "D07LN4B7XS9", title="Analyst", time_zone="Africa/Lagos"),
        Person(_NINA, "nina", "Nina Castellanos", _HOME, "D07LN5J2YR1", title="Sales"),
        Person(_GUS, "gus", "Gus Petrov", _HOME, "D07LN6E4VK2", title="Labelling contractor", is_restricted=True),
        Person(
            _SIGRID,
            "sigrid",
            "Sigrid Aas",
            _HOME,
            "D07LN7F0UM5",
            title="Auditor",
            is_restricted=True,
            is_ultra_restricted=True,
        ),
        Person(_DORA, "dora", "Dora Weiss", _HOME, "D07LN8G3TN8", title="ML engineer", deleted=True, signed_in=False),
        Person(_APP, _handle(bot_name), bot_name, _HOME, "D07LN9T6PH4", is_bot=True),
        Person(_REMINDER_BOT, "standup", "Standup Reminder", _HOME, "D07LNAN5BQ7", is_bot=True),
        Person(_EXT, "ext", "Erik Tanaka", _PARTNER, "D07LNBW1LG9", title="Surveyor", time_zone="Asia/Tokyo"),
    ]


def _handle(bot_name: str) -> str:
    return bot_name.lower().replace(" ", "_")


def _channels() -> list[Channel]:
    return [
        Channel(
            "C07LP0GENR1",
            "general",
            "Company-wide announcements",
            {*_MEMBERS, _APP, _REMINDER_BOT, _GUS},
            is_general=True,
        ),
        Channel(
            "C07LP1MLPS4", "ml-ops", "Training runs and models", {_ALICE, _OMAR, _PAULA, _VERA, _GUS, _SIGRID, _APP}
        ),
        Channel("C07LP2AUDT7", "vi-audit", "Every change in Vi", {_ALICE, _OMAR, _PAULA, _VERA, _APP}),
        Channel("C07LP3APRV2", "approvals", "Second signatures", {_ALICE, _OMAR, _PAULA, _APP}, is_private=True),
        Channel("C07LP4LEAD5", "leads", "Hiring and money", {_ALICE, _PAULA}, is_private=True),
        Channel("C07LP5RAND8", "random", "Everything else", set(_MEMBERS)),
        Channel("C07LP6OLDL3", "old-labels", "Closed in spring", {_ALICE, _OMAR, _APP}, is_archived=True),
        Channel("C07LP7NRTH6", "northgate", "With Northgate Survey", {_ALICE, _OMAR, _EXT, _APP}, is_shared=True),
    ]


def _groups() -> list[UserGroup]:
    return [
        UserGroup("S07LQ0MLOP3", "ml-ops", "ML operations", "May change workflows", [_OMAR, _ALICE]),
        UserGroup("S07LQ1VIEW6", "ml-viewers", "ML viewers", "May look at workflows", [_VERA, _NINA]),
        UserGroup("S07LQ2APRV9", "ml-approvers", "ML approvers", "May sign a deletion", [_PAULA, _ALICE]),
        UserGroup("S07LQ3OLDT2", "labelling", "Labelling team", "Disbanded", [_DORA], is_disabled=True),
    ]
