"""What is computed of samples is counted from the rows themselves."""

from __future__ import annotations

from rlcs.bench.engines.prompts import sample_of
from rlcs.bench.learner.work import Counts, Load, count, make_samples


def test_every_layout_is_counted_as_it_is_laid_out() -> None:
    import torch

    from rlcs.model.batch import collate

    prompt = (11, 12, 13, 14)
    samples = [sample_of(prompt, 2), sample_of(prompt, 3)]

    def counted(*, share: bool, padded: bool) -> Counts:
        return count([collate(samples, torch.device("cpu"), share=share)[0]], samples, padded=padded)

    whole = Counts(samples=13, slots=13, tokens=13, area=6 * 6 + 7 * 7, scored=5)
    assert counted(share=False, padded=False) == whole
    assert counted(share=False, padded=True) == Counts(samples=13, slots=14, tokens=13, area=85, scored=5)
    behind = 4 * 4 + 2 * (4 + 2) + 3 * (4 + 3)
    assert counted(share=True, padded=False) == Counts(samples=13, slots=9, tokens=9, area=behind, scored=5)


def test_groups_have_prompts_of_their_own_and_answers_of_drawn_lengths() -> None:
    samples = make_samples(Load(prompt=10, answer=20, group=4, groups=3, pack_tokens=64))
    assert len(samples) == 12 and len({sample.prompt_ids for sample in samples}) == 3
    assert {len(sample.prompt_ids) for sample in samples} == {10}
    lengths = [len(sample.token_ids) for sample in samples]
    assert len(set(lengths)) > 6 and 10 < sum(lengths) / 12 < 30
