"""The smallest script with an agent, a tool and a run."""

from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

agent = Agent(TestModel())


@agent.tool_plain
def add(a: int, b: int) -> int:
    return a + b


if __name__ == '__main__':
    print(agent.run_sync('Add things').output)
