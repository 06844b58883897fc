"""Tiny vision-language models of every architecture that RLCS trains, whole folders with processors, for the tests.

Weights are perturbed away from their initial values, biases and norms too: a fresh model hides what a trained one
shows.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from videos import pictures

from rlcs.config.schema import ImagesConfig, ModelConfig
from rlcs.model.files import Preprocessing, load_preprocessing
from rlcs.process.environment import prepare_process
from rlcs.records import PromptImage, Sample, Task, Video

KINDS = ("glm4v", "qwen2_vl", "qwen2_5_vl", "qwen3_vl")
TEXT: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": False,
    "pad_token_id": 0,
}
GLM_TOKENS = (
    "<|begin_of_image|>",
    "<|image|>",
    "<|end_of_image|>",
    "<|begin_of_video|>",
    "<|video|>",
    "<|end_of_video|>",
)
QWEN_TOKENS = ("<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>")
VISION: dict[str, Any] = {"depth": 2, "num_heads": 2, "spatial_merge_size": 2, "temporal_patch_size": 2}
QWEN_VISION: dict[str, dict[str, Any]] = {
    "qwen2_vl": {"embed_dim": 32, "hidden_size": 64, "mlp_ratio": 2, "patch_size": 14},
    "qwen2_5_vl": {
        "hidden_size": 32,
        "intermediate_size": 48,
        "out_hidden_size": 64,
        "patch_size": 14,
        "window_size": 56,
        "fullatt_block_indexes": [1],
    },
    "qwen3_vl": {
        "hidden_size": 32,
        "intermediate_size": 48,
        "out_hidden_size": 64,
        "patch_size": 16,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0],
    },
}
QWENS = {
    "qwen2_vl": ("Qwen2VLConfig", "Qwen2VLForConditionalGeneration"),
    "qwen2_5_vl": ("Qwen2_5_VLConfig", "Qwen2_5_VLForConditionalGeneration"),
    "qwen3_vl": ("Qwen3VLConfig", "Qwen3VLForConditionalGeneration"),
}
PROCESSORS = {
    "glm4v": ("Glm4vProcessor", "Glm4vImageProcessor", "Glm4vVideoProcessor"),
    "qwen2_vl": ("Qwen2VLProcessor", "Qwen2VLImageProcessor", "Qwen2VLVideoProcessor"),
    "qwen2_5_vl": ("Qwen2_5_VLProcessor", "Qwen2VLImageProcessor", "Qwen2VLVideoProcessor"),
    "qwen3_vl": ("Qwen3VLProcessor", "Qwen2VLImageProcessor", "Qwen3VLVideoProcessor"),
}
TEMPLATE = """\
{%- for message in messages %}{{- '<|' + message['role'] + '|>' }}
{%- if message['content'] is string %}{{- message['content'] }}{%- else %}
{%- for part in message['content'] %}
{%- if part['type'] == 'image' %}{{- 'IMAGE' }}{%- elif part['type'] == 'video' %}{{- 'VIDEO' }}
{%- else %}{{- part['text'] }}{%- endif %}
{%- endfor %}{%- endif %}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}"""
IMAGES = ImagesConfig(max_per_prompt=3)


def build_folder(kind: str, folder: Path) -> str:
    """Save a tiny model of an architecture with tokenizer and processor; return its folder."""
    prepare_process()
    processor = processor_of(kind)
    processor.save_pretrained(folder)
    torch.manual_seed(3)
    model = _model(kind, processor.tokenizer)
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.05)
    model.save_pretrained(folder)
    return str(folder)


def preprocessing_of(path: str) -> Preprocessing:
    """Return tokenizer and image processor of a folder."""
    return load_preprocessing(ModelConfig(path=path), IMAGES, path)


def picture(width: int, height: int, seed: int) -> bytes:
    """Return a PNG of noise."""
    from PIL import Image

    encoded = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(3 * width * height)).save(encoded, "PNG")
    return encoded.getvalue()


def mixed_tasks() -> list[Task]:
    """Return tasks with one image, several of different sizes, the same image twice, none; with videos, and both."""
    shown = [picture(56, 56, 0), picture(112, 56, 1), picture(84, 140, 2)]
    even, odd = clip(4, 56, 56, 0.5, 3), clip(5, 84, 56, 1.7, 4)
    asked: list[tuple[Any, tuple[bytes, ...], tuple[Video, ...]]] = [
        ("what is it?", (shown[0],), ()),
        ("first <image> then <image> and?", (shown[1], shown[2]), ()),
        ("1+1=", (), ()),
        ("again <image><image>", (shown[0], shown[0]), ()),
        ("a longer question without any image", (), ()),
        ("when?", (), (even,)),
        ("is <image> in <video>?", (shown[0],), (odd,)),
        ("<video> as <image>", (shown[1],), (even,)),
    ]
    return [
        Task(id=f"s:{number}", source="s", domain="general", prompt=prompt, answer="", images=images, videos=videos)
        for number, (prompt, images, videos) in enumerate(asked)
    ]


def clip(num_frames: int, width: int, height: int, step: float, seed: int) -> Video:
    """Return a video of noise, a frame every `step` seconds."""
    times = tuple(number * step for number in range(num_frames))
    return Video(frames=pictures(num_frames, width, height, seed), times=times)


def mixed_samples(preprocessing: Preprocessing, seed: int, *, copies: int = 1) -> list[Sample]:
    """Return samples of the mixed tasks with made-up completions of 2 to 20 tokens."""
    from rlcs.config.schema import SourceConfig

    draw = random.Random(seed)
    prompts = preprocessing.renderer([SourceConfig(name="s", path="none")]).render(mixed_tasks())
    samples = []
    for prompt in prompts * copies:
        size = draw.randint(2, 20)
        samples.append(sample_of(prompt.ids, prompt.images, [draw.randrange(40, 120) for _ in range(size)], draw))
    return samples


def episodes(preprocessing: Preprocessing, seed: int) -> list[Sample]:
    """Return two episodes of three turns and four images, of one prompt, and one of which only the prompt has any.

    Made up of tokens: prompt with two images, turn, message with an image, turn, message with an image, turn.
    """
    from rlcs.config.schema import SourceConfig

    draw, renderer = random.Random(seed), preprocessing.renderer([SourceConfig(name="s", path="none")])
    task = Task(
        id="s:9", source="s", domain="general", prompt="<image> and <image>: go", answer="",
        images=(picture(56, 56, 10), picture(84, 84, 11)),
    )  # fmt: skip
    prompt = renderer.render([task])[0]
    shown = [picture(112, 56, 12), picture(56, 56, 13)], [picture(56, 112, 14), picture(112, 56, 12)], [b"", b""]
    return [_episode(preprocessing, prompt.ids, prompt.images, list(pictures), draw) for pictures in shown]


def _episode(
    preprocessing: Preprocessing, ids: tuple[int, ...], images: tuple[PromptImage, ...], shown: list[bytes],
    draw: random.Random,
) -> Sample:  # fmt: skip
    """Return an episode with an image, none where it is empty, in the message before each turn but the first."""
    reader = preprocessing.images
    assert reader is not None
    start, end = (preprocessing.tokenizer.convert_tokens_to_ids(token) for token in _around(preprocessing.tokenizer))
    tokens = [draw.randrange(40, 120) for _ in range(draw.randint(3, 8))]
    mask = [1] * len(tokens)
    for image in shown:
        message = [draw.randrange(40, 120) for _ in range(3)]
        if image:
            place = PromptImage(
                reference=image, start=len(ids) + len(tokens) + 4, num_tokens=reader.num_tokens(image)
            )  # fmt: skip
            images = (*images, place)
            message += [start, *[reader.placeholder] * place.num_tokens, end, 50]
        turn = [draw.randrange(40, 120) for _ in range(draw.randint(2, 9))]
        tokens += [*message, *turn]
        mask += [*[0] * len(message), *[1] * len(turn)]
    return replace(sample_of(ids, images, tokens, draw), loss_mask=tuple(mask))


def _around(tokenizer: Any) -> tuple[str, str]:
    """Return the tokens before and behind those of an image."""
    tokens = GLM_TOKENS if GLM_TOKENS[0] in tokenizer.get_vocab() else QWEN_TOKENS
    return tokens[0], tokens[2]


def sample_of(ids: tuple[int, ...], images: tuple[PromptImage, ...], tokens: list[int], draw: random.Random) -> Sample:
    """Return a sample with some inserted tokens, sampled by a policy that is not quite the learner's."""
    return Sample(
        prompt_ids=ids,
        token_ids=tuple(tokens),
        loss_mask=tuple(int(draw.random() < 0.9) for _ in tokens),
        logprobs=tuple(-5.0 + draw.gauss(0.0, 0.1) for _ in tokens),
        advantage=draw.gauss(0.0, 1.0),
        images=images,
    )


def processor_of(kind: str) -> Any:
    import transformers

    tokenizer = _tokenizer(GLM_TOKENS if kind == "glm4v" else QWEN_TOKENS)
    sizes = {"size": {"shortest_edge": 28 * 28 * 2, "longest_edge": 28 * 28 * 2 * 64}}
    patch = {"patch_size": 16 if kind == "qwen3_vl" else 14, "merge_size": 2, "temporal_patch_size": 2}
    whole, of_images, of_videos = (getattr(transformers, name) for name in PROCESSORS[kind])
    images = of_images(**sizes, **patch)
    return whole(
        image_processor=images,
        tokenizer=tokenizer,
        # Qwen3-VL's own are others, which vLLM does not see (rlcs.model.vision.check_videos).
        video_processor=of_videos(**sizes, **patch, image_mean=images.image_mean, image_std=images.image_std),
        chat_template=tokenizer.chat_template,
    )


def _tokenizer(tokens: tuple[str, ...]) -> Any:
    from rlcs.tiny.tokenizer import build_tokenizer

    tokenizer = build_tokenizer(max_length=2048)
    tokenizer.add_tokens(list(tokens), special_tokens=True)
    video = tokens[3:] if tokens == GLM_TOKENS else (tokens[0], tokens[3], tokens[2])
    tokenizer.chat_template = TEMPLATE.replace("IMAGE", "".join(tokens[:3])).replace("VIDEO", "".join(video))
    return tokenizer


def _model(kind: str, tokenizer: Any) -> Any:
    ids = tokenizer.convert_tokens_to_ids
    text = {**TEXT, "vocab_size": len(tokenizer), "eos_token_id": ids("<|endoftext|>")}
    return _glm(text, ids) if kind == "glm4v" else _qwen(kind, text, ids)


def _glm(text: dict[str, Any], ids: Callable[[str], int]) -> Any:
    import transformers

    names = ("image_start", "image", "image_end", "video_start", "video", "video_end")
    # Half of each head turns: 2 x 8 of 32 numbers; `attention_bias` because vLLM builds biases only then.
    rope = {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5, "mrope_section": [4, 2, 2]}
    config = transformers.Glm4vConfig(
        text_config={**text, "head_dim": 32, "attention_bias": True, "rope_parameters": rope},
        vision_config={
            **VISION,
            "hidden_size": 32,
            "intermediate_size": 48,
            "out_hidden_size": 64,
            "image_size": 112,
            "patch_size": 14,
        },
        tie_word_embeddings=False,
        **{f"{name}_token_id": ids(token) for name, token in zip(names, GLM_TOKENS, strict=True)},
    )
    return transformers.Glm4vForConditionalGeneration(config)


def _qwen(kind: str, text: dict[str, Any], ids: Callable[[str], int]) -> Any:
    import transformers

    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [8, 4, 4]}
    if kind == "qwen3_vl":
        rope["mrope_interleaved"] = True
        text["head_dim"] = 32
    names = ("vision_start", "image", "vision_end", "video")
    of_config, of_model = QWENS[kind]
    config = getattr(transformers, of_config)(
        text_config={**text, "rope_parameters": rope},
        vision_config={**VISION, **QWEN_VISION[kind]},
        tie_word_embeddings=False,
        **{f"{name}_token_id": ids(token) for name, token in zip(names, QWEN_TOKENS, strict=True)},
    )
    return getattr(transformers, of_model)(config)
