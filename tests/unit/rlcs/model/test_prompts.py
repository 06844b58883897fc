"""Which samples have one prompt together."""

from __future__ import annotations

from rlcs.model.prompts import by_prompt, computed_tokens, images_behind, images_of_prompt
from rlcs.records import PromptImage, Sample


def sample(prompt: tuple[int, ...], size: int, images: tuple[PromptImage, ...] = ()) -> Sample:
    return Sample(
        prompt_ids=prompt,
        token_ids=(1,) * size,
        loss_mask=(1,) * size,
        logprobs=(0.0,) * size,
        advantage=1.0,
        images=images,
    )


def test_samples_are_together_where_all_tokens_of_their_prompts_are_the_same() -> None:
    samples = [sample((5, 6), 3), sample((7, 6), 3), sample((5, 6), 9), sample((5, 6, 6), 3)]
    assert by_prompt(samples) == [[0, 2], [1], [3]]
    assert computed_tokens(samples) == 5 + 5 + 9 + 6


def test_the_same_tokens_for_another_image_are_another_prompt() -> None:
    cat, dog = ((PromptImage(reference=name, start=1, num_tokens=2),) for name in (b"cat", b"dog"))
    prompt = (5, 8, 8, 6)
    assert by_prompt([sample(prompt, 2, cat), sample(prompt, 2, dog), sample(prompt, 2, cat)]) == [[0, 2], [1]]


def test_what_is_shown_behind_a_prompt_does_not_part_samples() -> None:
    cat, late = (
        PromptImage(reference=b"cat", start=1, num_tokens=2),
        PromptImage(reference=b"dog", start=5, num_tokens=2),
    )
    samples = [sample((5, 8, 8, 6), 4, images) for images in ((cat,), (cat, late), (late,))]
    assert by_prompt(samples) == [[0, 1], [2]]
    assert [images_of_prompt(one) for one in samples] == [(cat,), (cat,), ()]
    assert [images_behind(one) for one in samples] == [(), (late,), (late,)]


def test_a_prompt_of_less_than_a_tenth_is_not_shared() -> None:
    samples = [sample((5, 6), 18), sample((5, 6), 18), sample((5, 6), 19), sample((5, 6), 19)]
    assert by_prompt(samples) == [[0, 1], [2], [3]]
    assert computed_tokens(samples) == 2 + 18 + 18 + 21 + 21
