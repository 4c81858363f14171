"""One person of the workspace in front of their Slack client."""
# ruff: noqa: ASYNC109 - a test reads best with a timeout, and a wait that fails says what is on the screen

from sandbox.slack.directory import Person
from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.driver.page import MessageHandle, Reply, Screen
from sandbox.slack.driver.view import HomeHandle, ModalHandle
from sandbox.slack.interactions import Interactions
from sandbox.slack.messages import Message
from sandbox.slack.state import WorkspaceState
from sandbox.slack.views import View

DIRECT_MESSAGES = "dm"


class User:
    """What a person sees, types and presses.

    Attributes:
        id: The user id.
        name: The handle.
    """

    def __init__(self, state: WorkspaceState, interactions: Interactions, person: Person) -> None:
        self._screen = Screen(state, interactions, person)
        self.id = person.id
        self.name = person.name

    @property
    def messages(self) -> list[MessageHandle]:
        """Every message on the screen, oldest change first."""
        return [MessageHandle(self._screen, each) for each in self._visible()]

    @property
    def modal(self) -> ModalHandle | None:
        """The topmost modal."""
        view = self._top_view()
        return ModalHandle(self._screen, view) if view else None

    @property
    def home(self) -> HomeHandle | None:
        """The Home tab, once the app has published one."""
        view = self._screen.state.views.home(self.id)
        return HomeHandle(self._screen, view) if view else None

    async def command(self, typed: str, channel: str = DIRECT_MESSAGES) -> Reply:
        """Type a slash command, and wait until it was acknowledged or the deadline has passed.

        Args:
            typed: The whole line, such as `/vi list`.
            channel: The name or id of a channel, or `dm` for the direct messages with the app.

        Raises:
            CannotDoError: This person is not in that channel, or cannot run commands of this workspace.
        """
        self._require_a_user_of_the_workspace()
        directory, person = self._screen.state.directory, self._screen.person
        conversation_id = person.dm_id if channel == DIRECT_MESSAGES else directory.channel(channel).id
        if not directory.can_see(person, conversation_id):
            raise CannotDoError(f"{self.name} is not in #{channel}.")
        reaction = await self._screen.interactions.run_command(person, conversation_id, typed)
        return Reply(self._screen, [reaction])

    async def shortcut(self, name: str) -> Reply:
        """Run a global shortcut, by its name or callback_id.

        Raises:
            CannotDoError: The manifest has no such shortcut, or this person cannot run shortcuts of this workspace.
        """
        self._require_a_user_of_the_workspace()
        for shortcut in self._screen.state.manifest.shortcuts:
            if shortcut.is_global and name in (shortcut.name, shortcut.callback_id):
                reaction = await self._screen.interactions.run_shortcut(self._screen.person, shortcut)
                return Reply(self._screen, [reaction])
        raise CannotDoError(f"There is no shortcut {name!r}.")

    async def sees(
        self,
        text: str = "",
        *,
        channel: str | None = None,
        timeout: float = 5,
        after: MessageHandle | int | None = None,
    ) -> MessageHandle:
        """Wait for a message on the screen, and return the newest one that fits.

        Args:
            text: What it says somewhere.
            channel: Only in this channel, by name or id; `dm` for the direct messages with the app.
            timeout: Seconds to wait.
            after: Only what was posted or changed after this message, or after this number (`now()`).

        Raises:
            NotSeenError: It did not come.
        """
        mark = after.number if isinstance(after, MessageHandle) else after or 0
        place = self._conversation_id(channel)

        def find() -> MessageHandle | None:
            for message in reversed(self._visible()):
                if message.number > mark and place in (None, message.conversation_id):
                    handle = MessageHandle(self._screen, message)
                    if text in handle.text:
                        return handle
            return None

        return await self._screen.wait_for(find, timeout, lambda: self._complaint(text))

    async def sees_modal(self, title: str = "", text: str = "", timeout: float = 5) -> ModalHandle:
        """Wait until the topmost modal has this in its title and text.

        Raises:
            NotSeenError: None has, within `timeout` seconds.
        """

        def shown() -> ModalHandle | None:
            modal = self.modal
            return modal if modal and title in modal.title and text in modal.text else None

        return await self._screen.wait_for(
            shown,
            timeout,
            lambda: f"no modal {title!r} with {text!r} came; open: {self.modal.text if self.modal else 'none'}",
        )

    async def open_home(self, text: str = "", timeout: float = 5) -> HomeHandle:
        """Open the app's Home tab, and wait until the app has published it anew, with `text` in it.

        Raises:
            CannotDoError: The manifest turns the Home tab off.
            NotSeenError: The app did not publish it, within `timeout` seconds.
        """
        self._screen.require_signed_in()
        if not self._screen.state.manifest.home_tab:
            raise CannotDoError("This app has no Home tab.")
        views = self._screen.state.views
        mark = views.last_number()
        await self._screen.interactions.open_home(self._screen.person)

        def published() -> HomeHandle | None:
            home = views.home(self.id)
            handle = HomeHandle(self._screen, home) if home and home.number > mark else None
            return handle if handle and text in handle.text else None

        return await self._screen.wait_for(published, timeout, lambda: f"no Home tab with {text!r} was published")

    async def open_messages_tab(self) -> None:
        """Open the direct messages with the app; an app that listens for its Home tab hears of this too."""
        self._screen.require_signed_in()
        await self._screen.interactions.open_home(self._screen.person, tab="messages")

    def reload(self) -> None:
        """Reload the client: ephemeral messages are gone, and so are modals."""
        self._screen.state.messages.forget_ephemeral(self._screen.person)
        self._screen.state.views.clear(self.id)

    def now(self) -> int:
        """Return a mark for `sees(after=…)`: everything up to now does not count."""
        return self._screen.state.messages.last_number()

    def _require_a_user_of_the_workspace(self) -> None:
        self._screen.require_signed_in()
        if self._screen.person.team != self._screen.state.directory.team:
            # Slack: apis/slack-connect, commands and shortcuts are for users of the workspace that has the app.
            raise CannotDoError(f"{self.name} is of another workspace, where this app's commands do not exist.")

    def _visible(self) -> list[Message]:
        return self._screen.state.messages.visible_to(self._screen.person)

    def _top_view(self) -> View | None:
        stack = self._screen.state.views.stack(self.id)
        return stack[-1] if stack else None

    def _conversation_id(self, channel: str | None) -> str | None:
        if channel is None:
            return None
        if channel == DIRECT_MESSAGES:
            return self._screen.person.dm_id
        return self._screen.state.directory.channel(channel).id

    def _complaint(self, text: str) -> str:
        shown = [f"- {MessageHandle(self._screen, each).text[:200]!r}" for each in self._visible()[-10:]]
        return "\n".join([f"no message with {text!r} came; on the screen:", *(shown or ["nothing"])])
