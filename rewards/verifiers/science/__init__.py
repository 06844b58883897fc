"""The verifiers `physics` and `chemistry`.

physics.py       quantities with units, and formulas
chemistry.py     formulas, equations, structures, names, quantities
quantities.py    a number with a unit
compound.py      quantities in several units
conversion.py    a value in another unit
formula_text.py  formulas of physics in one spelling
formulas.py      chemical formulas
nuclides.py      nuclides and particles
reactions.py     chemical and nuclear equations
smiles.py        structures
substances.py    names of substances
"""

from __future__ import annotations

from rewards.verifiers.science import chemistry, physics

__all__ = ["physics", "chemistry"]
