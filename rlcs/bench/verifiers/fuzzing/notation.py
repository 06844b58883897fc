"""Golds in mathematics that are notation more than number: primes, transposes, angles, congruences, conditions."""

from __future__ import annotations

from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Domain
from rlcs.bench.verifiers.fuzzing.mathematics import OUTSIDE, TEXT_AROUND
from rlcs.bench.verifiers.fuzzing.phrases import families, phrases

SYMBOLS = families(
    r"""
f'(x) == f^{\prime}(x) == f^\prime(x) == f' (x)
    != f(x) != f''(x) != g'(x) != f'(y)

y'' + <a>y = 0 == <a>y + y'' = 0 == y^{\prime\prime} + <a>y = 0
    != y' + <a>y = 0 != y + <a>y = 0 != y'' - <a>y = 0

A^T == A^{T} == A^{\mathrm{T}} == A^\top == A^{\top} == A^{\text{T}}
    != A != A^{-1} != B^T != AT

A^T B == A^{T}B == A^\top B == A^{T} \cdot B
    != AB != A B^T != (AB)^T != B^T A

\angle ABC == \angle{ABC} == ∠ABC == \angle CBA
    != \angle BAC != \angle ACB != ABC

A^{-1} == A^{ -1 }
    != A != A^{1} != A^T != -A != A^{-2}

\overline{z} == \bar{z} == \overline z
    != z != -z != \overline{w}

\vec{a} == \overrightarrow{a} == \vec a
    != b != \vec{b} != -\vec{a}

[low=11]
a_{<a>} == a_{ <a> }
    != a != a^{<a>} != b_{<a>} != <a>a

x_1 + x_2 == x_{1}+x_{2} == x_2 + x_1
    != x + x != 2x != x_1 - x_2 != x_1 + x_3

\lfloor x \rfloor == \left\lfloor x \right\rfloor == \lfloor{x}\rfloor
    != x != \lceil x \rceil != |x|

|x| == \left|x\right| == \lvert x \rvert == \vert x\vert
    != x != -x != |y|

n! == n !
    != n != (n-1)! != n!!

[low=3 high=8]
\binom{n}{<a>} == \dbinom{n}{<a>} == {n \choose <a>}
    != \binom{<a>}{n} != \frac{n}{<a>} != n^{<a>}

[low=3 high=9]
\log_{<a>} x == \log_{<a>}(x) == \log_{<a>}{x} == \frac{\ln x}{\ln <a>}
    != \ln x != \log x != \log_x <a> != <a> \log x

[high=7]
\sqrt[3]{<a>} == <a>^{1/3} == <a>^{\frac{1}{3}} == \sqrt[ 3 ]{<a>}
    != \sqrt{<a>} != 3\sqrt{<a>} != \sqrt[4]{<a>}
"""
)
STATEMENTS = families(
    r"""
[low=3 high=70]
x \equiv <a> \pmod{2<b>} == x \equiv <a> \pmod {2<b>} == x\equiv <a> \mod 2<b> == x \equiv <a> (\bmod 2<b>)
    == x \equiv <a> \ (\text{mod } 2<b>) == x ≡ <a> (mod 2<b>)
    != x \equiv 2<b> \pmod{<a>} != x = <a> != <a> != x \equiv -<a> \pmod{2<b>}

A \cup B == A\cup B == A ∪ B == B \cup A
    != A \cap B != A != A \cup C != AB != A \setminus B

A \cap B^c == A\cap B^{c} == B^c \cap A == A ∩ B^c
    != A \cup B^c != A \cap B != A^c \cap B

[low=11 high=15]
<a> \pm \sqrt{<b>} == <a>\pm\sqrt{<b>} == x = <a> \pm \sqrt{<b>} == <a> + \sqrt{<b>}, <a> - \sqrt{<b>}
    == <a>-\sqrt{<b>} \text{ or } <a>+\sqrt{<b>} == \{<a>-\sqrt{<b>}, <a>+\sqrt{<b>}\} == <a> ± \sqrt{<b>}
    == <a> ± √<b>
    != <a> + \sqrt{<b>} != <a> - \sqrt{<b>} != \pm <a> + \sqrt{<c>} != <b> \pm \sqrt{<a>}

\pm <a> == \pm<a> == ±<a> == x = \pm <a> == <a>, -<a> == -<a> \text{ or } <a> == \{-<a>, <a>\}
    == <a> \text{ and } -<a> == x = <a>, x = -<a>
    != <a> != -<a> != \pm <b> != \mp

[low=3 high=9]
x = \frac{\pi}{<a>} + k\pi, k \in \mathbb{Z} == x=\frac{\pi}{<a>}+k\pi,\ k\in\mathbb{Z}
    == x = k\pi + \frac{\pi}{<a>} \quad (k \in \mathbb{Z}) == \frac{\pi}{<a>} + k\pi, k \in \mathbb{Z}
    == x = \frac{\pi}{<a>} + n\pi, n \in \mathbb{Z} == x = \frac{\pi}{<a>} + k\pi \text{ for } k \in \mathbb{Z}
    != x = \frac{\pi}{<a>} + 2k\pi, k \in \mathbb{Z} != x = \frac{\pi}{<a>}
    != x = -\frac{\pi}{<a>} + k\pi, k \in \mathbb{Z}

x \ne <a> == x \neq <a> == x ≠ <a> == x\not=<a>
    != x = <a> != x > <a> != <a> != y \ne <a> != x \le <a>

x \in \mathbb{R} == \mathbb{R} == (-\infty, \infty) == x \in (-\infty, +\infty) == x ∈ ℝ == \mathbf{R}
    != x \in \mathbb{Z} != \mathbb{Q} != (0, \infty) != \emptyset

\emptyset == \varnothing == ∅ == \{\} == \{ \}
    != 0 != \{0\} != \mathbb{R} != \{\emptyset\}

\begin{cases} x = <a> \\ y = <b> \end{cases} == \begin{cases}x=<a>\\y=<b>\end{cases} == x = <a>, y = <b>
    == x = <a> \text{ and } y = <b> == \left\{\begin{array}{l} x = <a> \\ y = <b> \end{array}\right.
    == y = <b>, x = <a> == \begin{cases} y = <b> \\ x = <a> \end{cases} == (x, y) = (<a>, <b>)
    != x = <b>, y = <a> != x = <a> != \begin{cases} x = <a> \\ y = -<b> \end{cases} != x = <a>, z = <b>

[high=9]
(x - <a>)^2 + y^2 = <b> == y^2 + (x-<a>)^2 = <b> == (x - <a>)^{2} + y^{2} - <b> = 0 == \left(x-<a>\right)^2+y^2=<b>
    == <b> = (x-<a>)^2 + y^2
    != (x + <a>)^2 + y^2 = <b> != (x - <a>)^2 - y^2 = <b> != x^2 + y^2 = <b> != (x - <a>) + y^2 = <b>

f(x) = <a>x + <b> == f(x)=<b>+<a>x == <a>x + <b>
    != f(x) = <b>x + <a> != f(x) = <a>x != <a> + <b> != f(x) = <a>x - <b>
"""
)
WITH_UNITS = families(
    r"""
<a> \text{ cm} == <a> cm == <a>\,\mathrm{cm} == <a>cm == <a>\text{cm} == <a>\ \text{cm} == <a>厘米
    == <a> centimeters == <a>
    != <a> \text{ m} != <a> mm != <a> \text{ cm}^2 != <a>0 cm

<a> \text{ cm}^2 == <a>\,\mathrm{cm}^2 == <a> \text{ cm}^{2} == <a> cm^2 == <a> cm² == <a>\mathrm{\,cm^2}
    == <a>平方厘米 == <a> square centimeters == <a>
    != <a> \text{ cm} != <a> \text{ m}^2 != <a> \text{ cm}^3 != <b> cm^2

<a>^\circ == <a>^{\circ} == <a>° == <a> degrees == <a> \text{ degrees} == <a>度 == \angle ABC = <a>^\circ == <a>
    == <a>\degree
    != <a>^2 != <a> \text{ rad} != <b>^\circ

[low=11 high=90]
\$<a> == $<a> == \$<a>.00 == <a> dollars == \$\,<a> == <a> == <a> \text{ dollars}
    != <a> cents != \$<a>0 != <a> million

<a> == <a> apples == <a> \text{ apples} == <a>个 == <a>人 == <a> people == <a> hours
    != <a> thousand != <a> million != <a> bn != <a> crore != <a> thirds != <a> dozen != <a>万 != <a> percent
    != <a> halves != <a> k

[high=9]
<a>,000,000 == <a> million == <a> \text{ million} == <a> \times 10^6 == <a>000000
    != <a> billion != <a> thousand != <a>

[low=11 high=99]
<a>\% == <a>% == <a> \% == <a> percent == <a> \text{ percent} == 0.<a>
    != <a> != <b>\% != 0.<a>\% != <a>0\%
"""
)
WORDS = families(
    r"""
\text{even} == even == Even == \textbf{even} == \mathrm{even} == **even**
    != odd != neither != even or odd != not even

Tuesday == tuesday == \text{Tuesday}
    != Thursday != Tuesday or Friday != Day

No solution == no solution == \text{No solution}
    != 0 != one solution != solution

[low=11 high=19]
<a>:<b> == <a> : <b> == <a> \colon <b> == <a>：<b>
    != <b>:<a> != <a> != <a>:<c>
"""
)

DOMAINS: list[Domain[Any]] = [
    phrases("symbols", "math", SYMBOLS, wordings=TEXT_AROUND),
    phrases("statements", "math", STATEMENTS, wordings=TEXT_AROUND),
    phrases("units", "math", WITH_UNITS, wordings={**dress.FULL_STOP, **dress.SPACE}),
    phrases("words", "math", WORDS, wordings=OUTSIDE),
]
