"""Prompts as token ids: templates, system prompts, chat layout, and leaving out what is too long."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError
from rlcs.process.environment import prepare_process
from rlcs.records import Task
from rlcs.tasks import PromptRenderer, TaskPool, drop_long, load_pool
from rlcs.tiny.tokenizer import build_tokenizer

Build = Callable[..., SourceConfig]


@pytest.fixture(scope="module")
def chat_tokenizer() -> Any:
    prepare_process()
    return build_tokenizer(max_length=2048)


@pytest.fixture(scope="module")
def plain_tokenizer(chat_tokenizer: Any) -> Any:
    tokenizer = copy.deepcopy(chat_tokenizer)
    tokenizer.chat_template = None
    return tokenizer


@pytest.fixture(scope="module")
def decomposing_tokenizer(plain_tokenizer: Any) -> Any:
    """Return a tokenizer that makes 33 tokens of the 3 bytes of U+FDFA, a whole sentence in one character."""
    from tokenizers import normalizers

    tokenizer = copy.deepcopy(plain_tokenizer)
    tokenizer.backend_tokenizer.normalizer = normalizers.NFKD()
    return tokenizer


def source(name: str = "s", **settings: Any) -> SourceConfig:
    return SourceConfig(name=name, path=f"{name}.jsonl", **settings)


def task(prompt: Any, source_name: str = "s") -> Task:
    return Task(id=f"{source_name}:0", source=source_name, domain="general", prompt=prompt, answer="")


def answers(pool: TaskPool) -> list[Any]:
    return [each.answer for each in pool.take(range(len(pool)))]


def test_a_question_goes_into_the_chat_layout(chat_tokenizer: Any) -> None:
    renderer = PromptRenderer(chat_tokenizer, [source()])
    assert renderer.text(task("1+1=")) == "<|user|>1+1=<|assistant|>"
    (prompt,) = renderer.render([task("1+1=")])
    user, assistant = chat_tokenizer.convert_tokens_to_ids(["<|user|>", "<|assistant|>"])
    assert prompt.ids == (user, *chat_tokenizer.convert_tokens_to_ids(list("1+1=")), assistant)


def test_system_prompt_and_template_stand_around_the_question(chat_tokenizer: Any, plain_tokenizer: Any) -> None:
    sources = [source(system_prompt="Be {short}.", prompt_template="Q: {prompt} {x}\nA:"), source("bare")]
    tasks = [task("{a} + {prompt}?"), task("1", "bare")]
    chat = PromptRenderer(chat_tokenizer, sources)
    assert [chat.text(each) for each in tasks] == [
        "<|system|>Be {short}.<|user|>Q: {a} + {prompt}? {x}\nA:<|assistant|>",
        "<|user|>1<|assistant|>",
    ]
    plain = PromptRenderer(plain_tokenizer, sources)
    assert [plain.text(each) for each in tasks] == ["Be {short}.\n\nQ: {a} + {prompt}? {x}\nA:", "1"]


def test_rendered_prompts_decode_to_their_text_and_are_never_cut(chat_tokenizer: Any) -> None:
    renderer = PromptRenderer(chat_tokenizer, [source()])
    tasks = [task("x" * 5000), task("Grüße 😀\n"), task("a")]
    rendered = renderer.render(tasks)
    assert [chat_tokenizer.decode(prompt.ids) for prompt in rendered] == [renderer.text(each) for each in tasks]
    assert [len(ids) for ids in rendered] == [5002, 15, 3]
    assert renderer.render([]) == []


def test_chat_messages_are_rendered_as_they_are(chat_tokenizer: Any, plain_tokenizer: Any) -> None:
    messages = [
        {"role": "user", "content": "1+1="},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": [{"type": "text", "text": "and "}, {"type": "text", "text": "2+2=?"}]},
    ]
    renderer = PromptRenderer(chat_tokenizer, [source(system_prompt="Add.")])
    expected = "<|system|>Add.<|user|>1+1=<|assistant|>2<|endoftext|><|user|>and 2+2=?<|assistant|>"
    assert renderer.text(task(messages)) == expected
    assert len(messages) == 3  # the system prompt was not put into the task itself
    assert PromptRenderer(plain_tokenizer, [source()]).text(task(messages[:2])) == "1+1=\n\n2"


def test_a_template_does_not_fit_chat_messages(chat_tokenizer: Any) -> None:
    renderer = PromptRenderer(chat_tokenizer, [source(prompt_template="{prompt}!")])
    with pytest.raises(UserError, match="^task s:0 is chat messages, which prompt_template does not fit; leave prompt"):
        renderer.text(task([{"role": "user", "content": "p"}]))


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (
            [source(prompt_template="Q: {question}")],
            "data source s: prompt_template has no {prompt}; put it where the question goes",
        ),
        ([source(), source(system_prompt="x")], "two data sources named 's' have different prompts; rename one"),
    ],
)
def test_prompts_that_cannot_be_are_refused(chat_tokenizer: Any, sources: list[SourceConfig], expected: str) -> None:
    with pytest.raises(UserError) as caught:
        PromptRenderer(chat_tokenizer, sources)
    assert str(caught.value) == expected


def test_one_source_to_train_and_to_evaluate_on_may_be_given_twice(chat_tokenizer: Any) -> None:
    assert PromptRenderer(chat_tokenizer, [source(), source()]).text(task("p")) == "<|user|>p<|assistant|>"


def test_long_prompts_are_dropped_and_counted(
    make_source: Build, chat_tokenizer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    # A prompt of n characters is n + 2 tokens with <|user|> and <|assistant|>; of the other source 3 more.
    a = make_source(*[{"prompt": "x" * n, "answer": n} for n in (1, 38, 39, 5, 90)], name="a", proportion=3.0)
    b = make_source(
        *[{"prompt": "x" * n, "answer": n} for n in (35, 36)], name="b", proportion=1.0, prompt_template="Q: {prompt}"
    )
    pool = load_pool([a, b])
    kept = drop_long(pool, PromptRenderer(chat_tokenizer, [a, b]), 40)
    assert answers(kept) == [1, 38, 5, 35]
    assert kept.index.ids.to_pylist() == ["a:0", "a:1", "a:3", "b:0"]
    assert (kept.index.proportions, kept.index.sources) == ((0.75, 0.25), ("a", "b"))
    assert caplog.messages == [
        "dropped 2 of 5 prompts of a longer than 40 tokens",
        "dropped 1 of 2 prompts of b longer than 40 tokens",
    ]


def test_nothing_long_leaves_the_pool_as_it_is(
    make_source: Build, chat_tokenizer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    a = make_source({"prompt": "x" * 38, "answer": "1"}, name="a")
    pool = load_pool([a])
    assert drop_long(pool, PromptRenderer(chat_tokenizer, [a]), 40) is pool
    assert caplog.messages == []


def test_length_is_counted_in_tokens_of_the_whole_prompt(make_source: Build, chat_tokenizer: Any) -> None:
    messages = [{"role": "user", "content": "y" * 10}, {"role": "assistant", "content": "z" * 30}]
    prompts: list[Any] = ["é" * 19, "é" * 20, "e\u0301" * 19, "😀" * 9, "😀" * 10, "x", messages]
    a = make_source(*[{"prompt": prompt, "answer": number} for number, prompt in enumerate(prompts)], name="a")
    # Bytes of UTF-8 after composing, and 2: é is 2 bytes however it is written, 😀 is 4; the messages are 44 tokens.
    kept = drop_long(load_pool([a]), PromptRenderer(chat_tokenizer, [a]), 40)
    assert answers(kept) == [0, 2, 3, 5]


def test_a_source_that_loses_all_its_prompts_is_told(make_source: Build, chat_tokenizer: Any) -> None:
    a = make_source({"prompt": "x", "answer": "1"}, name="a")
    b = make_source(*[{"prompt": "x" * 50, "answer": "1"}] * 3, name="b")
    with pytest.raises(UserError) as caught:
        drop_long(load_pool([a, b]), PromptRenderer(chat_tokenizer, [a, b]), 40)
    assert str(caught.value) == "all 3 prompts of b are longer than data.max_prompt_tokens=40; raise it"


@pytest.mark.parametrize("kind", ["plain_tokenizer", "decomposing_tokenizer"])
@pytest.mark.parametrize("limit", [1, 5, 23, 60])
def test_the_shortcut_for_short_prompts_changes_nothing(
    make_source: Build, request: pytest.FixtureRequest, kind: str, limit: int
) -> None:
    prompts = ["x" * n for n in range(1, 90)] + ["\ufdfa" * n for n in range(1, 30)]
    a = make_source(*[{"prompt": prompt, "answer": prompt} for prompt in prompts], name="a", system_prompt="s")
    renderer = PromptRenderer(request.getfixturevalue(kind), [a])
    pool = load_pool([a])
    lengths = [len(ids) for ids in renderer.render(pool.take(range(len(pool))))]
    fitting = [prompt for prompt, length in zip(prompts, lengths, strict=True) if length <= limit]
    if fitting:
        assert answers(drop_long(pool, renderer, limit)) == fitting
    else:
        with pytest.raises(UserError, match="all 118 prompts of a"):
            drop_long(pool, renderer, limit)


def test_a_second_system_message_is_refused(chat_tokenizer: Any) -> None:
    renderer = PromptRenderer(chat_tokenizer, [source(system_prompt="Add.")])
    messages = [{"role": "system", "content": "Subtract."}, {"role": "user", "content": "p"}]
    with pytest.raises(UserError, match="^task s:0 brings a system message of its own; leave system_prompt out"):
        renderer.text(task(messages))
