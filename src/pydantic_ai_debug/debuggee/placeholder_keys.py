"""Keys that stand for those a program does not have while a recording is replayed, so that its models can be made.

pydantic-ai's providers look for a key where a model is made, long before anything is asked. These open nothing.
"""

from __future__ import annotations

from collections.abc import MutableMapping

PLACEHOLDER = 'agent-debug-replays-without-a-key'

_KEYS = (
    *('ALIBABA_API_KEY', 'ANTHROPIC_API_KEY', 'AZURE_OPENAI_API_KEY', 'CEREBRAS_API_KEY'),
    *('CO_API_KEY', 'CRUSOE_API_KEY', 'DEEPSEEK_API_KEY', 'FIREWORKS_API_KEY', 'GITHUB_API_KEY', 'GOOGLE_API_KEY'),
    *('GROK_API_KEY', 'GROQ_API_KEY', 'HEROKU_INFERENCE_KEY', 'HF_TOKEN', 'META_API_KEY', 'MISTRAL_API_KEY'),
    *('MOONSHOTAI_API_KEY', 'NEBIUS_API_KEY', 'OLLAMA_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY'),
    *('OVHCLOUD_API_KEY', 'PYDANTIC_AI_GATEWAY_API_KEY', 'SAMBANOVA_API_KEY', 'TOGETHER_API_KEY'),
    *('VERCEL_AI_GATEWAY_API_KEY', 'VOYAGE_API_KEY', 'XAI_API_KEY', 'ZAI_API_KEY'),
)
"""What the providers read."""

_PLACES = {
    'AWS_DEFAULT_REGION': 'us-east-1',
    'AZURE_OPENAI_ENDPOINT': 'https://replay.invalid',
    'OLLAMA_BASE_URL': 'https://replay.invalid',
    'OPENAI_API_VERSION': '2024-10-21',
    'PYDANTIC_AI_GATEWAY_BASE_URL': 'https://replay.invalid',
}
"""What some need beside a key. Names under `invalid` lead nowhere."""

_INSTEAD = {
    'AWS_DEFAULT_REGION': ('AWS_REGION', 'AWS_PROFILE'),
    'GOOGLE_API_KEY': (
        *('GEMINI_API_KEY', 'GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_GENAI_USE_VERTEXAI'),
    ),
    'PYDANTIC_AI_GATEWAY_API_KEY': ('PAIG_API_KEY',),
    'PYDANTIC_AI_GATEWAY_BASE_URL': ('PAIG_BASE_URL', 'PYDANTIC_AI_GATEWAY_API_KEY', 'PAIG_API_KEY'),
}
"""What a program may have set in place of one, which then has to stay as it is for requests that go live."""


def provide_placeholders(environment: MutableMapping[str, str]) -> None:
    """Set what is not set."""
    known = frozenset(name for name, value in environment.items() if value)
    for name, value in {**dict.fromkeys(_KEYS, PLACEHOLDER), **_PLACES}.items():
        if known.isdisjoint((name, *_INSTEAD.get(name, ()))):
            environment[name] = value
