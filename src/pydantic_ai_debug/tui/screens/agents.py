"""Offers the agents of a script that started no run: one is chosen, a prompt is typed, and the run is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from pydantic_ai_debug.protocol.commands import Command, Leave, StartRun
from pydantic_ai_debug.protocol.events import AgentInfo
from pydantic_ai_debug.tui.present.literal import literal

from .dialog import Dialog


class AgentsScreen(Dialog[Command]):
    """Answers with what to send: a run to start, or to leave. The prompt has the focus from the start; arrows choose."""

    DEFAULT_CSS = """
    AgentsScreen {
        .box {
            width: 90;
            padding: 1 2;
        }
        OptionList {
            height: auto;
            max-height: 9;
            border: none;
            padding: 0;
            background: transparent;
            &:focus { border: none; background: transparent; }
            & > .option-list--option { padding: 0 1; }
        }
        Static { width: 1fr; height: auto; }
        .label { color: $text-muted; margin-top: 1; }
        #problem { color: $text-error; display: none; margin-top: 1; }
        Input { border: none; height: 1; padding: 0 1; background: $foreground 8%; }
        Input:focus { border: none; background: $primary 20%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('down', 'choose(1)', 'Next agent', show=False),
        Binding('up', 'choose(-1)', 'Previous agent', show=False),
        Binding('escape', 'leave', 'Leave', show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = '#prompt'

    def __init__(self, agents: Sequence[AgentInfo], message: str, answered: StartRun | None) -> None:
        """Offer agents.

        Args:
            agents: What to choose from.
            message: Why it is asked again, if it is.
            answered: The answer before, which is then there to be mended.
        """
        super().__init__()
        self._agents = agents
        self._message = message
        self._answered = answered

    def compose(self) -> ComposeResult:
        many = len(self._agents) > 1
        with Vertical(classes='box') as box:
            box.border_title = 'Start a run'
            box.border_subtitle = f'enter starts{" · ↑ ↓ choose" if many else ""} · esc leaves'
            yield Static(
                'Agents of the script, one of which can be run:' if many else 'The agent that can be run:', markup=False
            )
            yield OptionList(*(Option(_describe(agent)) for agent in self._agents))
            yield Static('Prompt', classes='label', markup=False)
            yield Input(self._answered.prompt if self._answered else '', id='prompt', placeholder='what the user says')
            yield Static('', id='deps-label', classes='label', markup=False)
            yield Input(id='deps', placeholder='Python expression')
            yield Static('', id='problem', markup=False)

    def on_mount(self) -> None:
        names = [agent.variable for agent in self._agents]
        options = self.query_one(OptionList)
        options.can_focus = False
        answered = self._answered.agent if self._answered else None
        options.highlighted = names.index(answered) if answered in names else 0
        self._say(self._message)
        if self._answered is not None and self._answered.deps is not None and self._message:
            self.query_one('#deps', Input).focus()

    @property
    def agent(self) -> AgentInfo:
        return self._agents[self.query_one(OptionList).highlighted or 0]

    def action_choose(self, by: int) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if by > 0 else options.action_cursor_up)()

    def on_option_list_option_highlighted(self) -> None:
        """Ask for deps where the agent takes some, offering an object that is there."""
        agent = self.agent
        field, label = self.query_one('#deps', Input), self.query_one('#deps-label', Static)
        field.display = label.display = agent.deps_type is not None
        if agent.deps_type is None:
            if field.has_focus:
                self.query_one('#prompt', Input).focus()
            return
        label.update(f'Deps, of type {literal(agent.deps_type, 60)}')
        answered = self._answered if self._answered and self._answered.agent == agent.variable else None
        field.value = (answered.deps if answered else None) or (agent.deps_candidates or ('',))[0]

    def on_option_list_option_selected(self) -> None:
        self.query_one('#prompt', Input).focus()

    def on_input_submitted(self) -> None:
        prompt, deps = self.query_one('#prompt', Input), self.query_one('#deps', Input)
        if not prompt.value.strip():
            self._say('A prompt is needed to start a run')
            prompt.focus()
            return
        asks_deps = self.agent.deps_type is not None
        self.dismiss(StartRun(self.agent.variable, prompt.value, (deps.value.strip() or None) if asks_deps else None))

    def action_leave(self) -> None:
        self.dismiss(Leave())

    def _say(self, problem: str) -> None:
        label = self.query_one('#problem', Static)
        label.display = bool(problem)
        label.update(literal(problem, 600))


def _describe(agent: AgentInfo) -> Content:
    """An agent in two lines: what it is, and what it can do."""
    named = '' if agent.name == agent.variable else f' ({literal(agent.name, 40)})'
    tools = ', '.join(literal(tool, 40) for tool in agent.tools[:8]) or 'no tools'
    more = f' and {len(agent.tools) - 8} more' if len(agent.tools) > 8 else ''
    return Content.assemble(
        (literal(agent.variable, 40), 'bold'),
        named,
        (f'  {literal(agent.model, 60)}  → {literal(agent.output_type, 60)}\n', '$foreground 60%'),
        (f'  {tools}{more}', '$foreground 60%'),
    )
