"""The command palette: the rows of the command table that can be done now, and Textual's choice of themes."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from .commands import UserCommand, key_name, offered_commands
from .screens.main import MainScreen


class CommandProvider(Provider):
    """Offers the command table on the main screen."""

    def _commands(self) -> list[tuple[str, UserCommand]]:
        if not isinstance(self.screen, MainScreen):
            return []
        situation = self.screen.situation
        return [
            (f'{command.label.capitalize()}  ({key_name(command.keys[0])})', command)
            for command in offered_commands(situation.live)
            if command.blocked(situation) is None
        ]

    def _do(self, command: UserCommand) -> None:
        if isinstance(self.screen, MainScreen):
            self.screen.action_command(command.name)

    async def discover(self) -> Hits:
        for title, command in self._commands():
            yield DiscoveryHit(Content(title), partial(self._do, command), text=title, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, command in self._commands():
            score = max(matcher.match(title), matcher.match(command.help) / 2)
            if score > 0:
                yield Hit(score, Content(title), partial(self._do, command), text=title, help=command.help)
