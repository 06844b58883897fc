"""The verifiers `physics` and `chemistry`.

physics.py       quantities with units, and formulas
chemistry.py     formulas, equations, structures, names, quantities
quantities.py    a number with a unit, converted
unit_table.py    units and their names
formula_text.py  formulas of physics in one spelling
formulas.py      chemical formulas
reactions.py     chemical equations
smiles.py        structures
substances.py    names of substances
"""

from __future__ import annotations

from rewards.verifiers.science import chemistry, physics

__all__ = ["physics", "chemistry"]
