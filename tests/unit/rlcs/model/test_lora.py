from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlcs.config.schema import LoraConfig
from rlcs.errors import UserError
from rlcs.model.lora import adapters_of, adapters_off, add_adapters, behind, whole


class Model(nn.Module):
    """Two layers and a head; what adapters are put beside."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ModuleDict({"q_proj": nn.Linear(2, 2), "v_proj": nn.Linear(2, 2)})
        self.q_proj = nn.Linear(2, 2, bias=False)
        self.head = nn.Linear(2, 3)

    def get_output_embeddings(self) -> nn.Module:
        return self.head


def adapted(rank: int = 1, alpha: float = 2.0, *targets: str) -> Model:
    model = Model()
    add_adapters(model, LoraConfig(rank=rank, alpha=alpha, targets=list(targets)))  # type: ignore[arg-type]
    return model


def put(model: Model, a: list[list[float]], b: list[list[float]]) -> None:
    """Give the layer `q_proj` this adapter, and the weight [[1, 2], [3, 4]]."""
    layer = adapters_of(model)["q_proj"]
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        layer.lora_a.copy_(torch.tensor(a))
        layer.lora_b.copy_(torch.tensor(b))


def test_an_adapter_adds_its_product_times_alpha_over_rank() -> None:
    model = adapted()
    put(model, a=[[1.0, -1.0]], b=[[0.5], [2.0]])
    # W x = (1 + 2 * 3, 3 + 4 * 3); A x = 1 - 3; alpha / rank = 2.
    assert model.q_proj(torch.tensor([1.0, 3.0])).tolist() == [7.0 + 2 * -1.0, 15.0 + 2 * -4.0]
    merged = whole(model, ["q_proj.weight"])["q_proj.weight"]
    assert merged.tolist() == [[1.0 + 1.0, 2.0 - 1.0], [3.0 + 4.0, 4.0 - 4.0]]
    with adapters_off(model):
        assert model.q_proj(torch.tensor([1.0, 3.0])).tolist() == [7.0, 15.0]
    assert model.q_proj(torch.tensor([1.0, 3.0])).tolist() == [5.0, 7.0]


def test_training_starts_from_the_base_and_leaves_it() -> None:
    torch.manual_seed(0)
    before = Model()
    torch.manual_seed(0)
    model = adapted(2)
    x = torch.randn(5, 2)
    assert torch.equal(model.first["v_proj"](x), before.first["v_proj"](x))
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert trained == [
        f"{layer}.{own}" for layer in ("first.q_proj", "first.v_proj", "q_proj") for own in ("lora_a", "lora_b")
    ]


def test_targets_are_ends_of_names() -> None:
    assert list(adapters_of(adapted(1, 1.0, "v_proj"))) == ["first.v_proj"]
    assert list(adapters_of(adapted(1, 1.0, "first.q_proj"))) == ["first.q_proj"]
    assert list(adapters_of(adapted(1, 1.0, "q_proj"))) == ["first.q_proj", "q_proj"]
    with pytest.raises(
        UserError, match=r"no layer that can be adapted is called 'head'; there are \['q_proj', 'v_proj"
    ):
        adapted(1, 1.0, "head")


def test_a_frozen_part_gets_no_adapter() -> None:
    model = Model()
    model.first.requires_grad_(False)
    add_adapters(model, LoraConfig(rank=1))  # type: ignore[arg-type]
    assert list(adapters_of(model)) == ["q_proj"]


def test_what_is_merged_is_gathered_with_its_adapter() -> None:
    model = adapted(1, 1.0, "v_proj")
    assert [tuple(tensor.shape) for tensor in behind(model, ["first.v_proj.weight", "first.v_proj.bias"])] == [
        (2, 2),
        (1, 2),
        (2, 1),
        (2,),
    ]
    assert whole(model, ["head.bias"])["head.bias"].data_ptr() == model.head.bias.data_ptr()


def test_half_precision_is_merged_in_float32_and_rounded_once() -> None:
    model = Model().to(torch.bfloat16)
    add_adapters(model, LoraConfig(rank=1, alpha=1.0))  # type: ignore[arg-type]
    put(model, a=[[0.0078125, 0.0]], b=[[1.0], [0.75]])
    merged = whole(model, ["q_proj.weight"])["q_proj.weight"]
    assert merged.dtype == torch.bfloat16
    exact = torch.tensor([[1.0078125, 2.0], [3.005859375, 4.0]])
    assert torch.equal(merged, exact.to(torch.bfloat16))


def loss_of(weight: Tensor, x: Tensor, wanted: Tensor) -> Tensor:
    return ((x @ weight.T - wanted) ** 2).sum() / 2


def test_at_full_rank_a_first_step_goes_where_full_fine_tuning_goes() -> None:
    """With A = 1 and B = 0 the step of W + B A is that of W: the gradient of B is G A^T = G."""
    model = adapted(2, 2.0)
    put(model, a=[[1.0, 0.0], [0.0, 1.0]], b=[[0.0, 0.0], [0.0, 0.0]])
    x, wanted = torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0, 13.0]])
    # W x = (5, 11), so the error is (1, -2) and G = (1, -2)^T (1, 2).
    gradient = torch.tensor([[1.0, 2.0], [-2.0, -4.0]])
    full = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    loss_of(full, x, wanted).backward()  # type: ignore[no-untyped-call]
    assert full.grad is not None and torch.equal(full.grad, gradient)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    (((model.q_proj(x) - wanted) ** 2).sum() / 2).backward()
    optimizer.step()
    merged = whole(model, ["q_proj.weight"])["q_proj.weight"]
    assert torch.allclose(merged, full.detach() - 0.1 * gradient)


def test_with_the_a_that_training_starts_from_a_full_rank_goes_downhill_too() -> None:
    torch.manual_seed(1)
    model = adapted(2, 2.0)
    layer = adapters_of(model)["q_proj"]
    x, wanted = torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0, 13.0]])
    before = layer.weight.detach().clone().requires_grad_()
    loss_of(before, x, wanted).backward()  # type: ignore[no-untyped-call]
    loss_of_adapter = ((layer(x) - wanted) ** 2).sum() / 2
    loss_of_adapter.backward()
    assert before.grad is not None and layer.lora_b.grad is not None and layer.lora_a.grad is not None
    assert torch.allclose(layer.lora_b.grad, before.grad @ layer.lora_a.detach().T)
    assert layer.lora_a.grad.abs().max() == 0, "B is 0, so that A does not move at the first step"
    way = layer.lora_b.grad @ layer.lora_a.detach()
    assert torch.cosine_similarity(way.flatten(), before.grad.flatten(), dim=0) > 0
