"""Golds in mathematics that are notation more than number: primes, transposes, angles, congruences, conditions."""

from __future__ import annotations

from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Domain
from rlcs.bench.verifiers.fuzzing.mathematics import OUTSIDE, TEXT_AROUND
from rlcs.bench.verifiers.fuzzing.phrases import Family, phrases

SYMBOLS = [
    Family("f'(x)", ["f'(x)", r"f^{\prime}(x)", "f^\\prime(x)", "f' (x)"], ["f(x)", "f''(x)", "g'(x)", "f'(y)"]),
    Family("y'' + <a>y = 0", ["y'' + <a>y = 0", "<a>y + y'' = 0", r"y^{\prime\prime} + <a>y = 0"], ["y' + <a>y = 0", "y + <a>y = 0", "y'' - <a>y = 0"]),
    Family("A^T", ["A^T", "A^{T}", r"A^{\mathrm{T}}", r"A^\top", r"A^{\top}", r"A^{\text{T}}"], ["A", "A^{-1}", "B^T", "AT"]),
    Family("A^T B", ["A^T B", "A^{T}B", r"A^\top B", r"A^{T} \cdot B"], ["AB", "A B^T", "(AB)^T", "B^T A"]),
    Family(r"\angle ABC", [r"\angle ABC", r"\angle{ABC}", "∠ABC", r"\angle CBA"], [r"\angle BAC", r"\angle ACB", "ABC"]),
    Family("A^{-1}", ["A^{-1}", r"A^{ -1 }"], ["A", "A^{1}", "A^T", "-A", "A^{-2}"]),
    Family(r"\overline{z}", [r"\overline{z}", r"\bar{z}", r"\overline z"], ["z", r"-z", r"\overline{w}"]),
    Family(r"\vec{a}", [r"\vec{a}", r"\overrightarrow{a}", r"\vec a"], ["b", r"\vec{b}", r"-\vec{a}"]),
    Family("a_{<a>}", ["a_{<a>}", "a_{ <a> }"], ["a", "a^{<a>}", "b_{<a>}", "<a>a"], low=11),
    Family("x_1 + x_2", ["x_1 + x_2", "x_{1}+x_{2}", "x_2 + x_1"], ["x + x", "2x", "x_1 - x_2", "x_1 + x_3"]),
    Family(r"\lfloor x \rfloor", [r"\lfloor x \rfloor", r"\left\lfloor x \right\rfloor", r"\lfloor{x}\rfloor"], ["x", r"\lceil x \rceil", "|x|"]),
    Family("|x|", ["|x|", r"\left|x\right|", r"\lvert x \rvert", r"\vert x\vert"], ["x", "-x", "|y|"]),
    Family(r"n!", ["n!", r"n !"], ["n", "(n-1)!", "n!!"]),
    Family(r"\binom{n}{<a>}", [r"\binom{n}{<a>}", r"\dbinom{n}{<a>}", r"{n \choose <a>}", r"C_n^{<a>}"], [r"\binom{<a>}{n}", r"\frac{n}{<a>}", r"n^{<a>}"], low=3, high=8),
    Family(r"\log_{<a>} x", [r"\log_{<a>} x", r"\log_{<a>}(x)", r"\log_{<a>}{x}", r"\frac{\ln x}{\ln <a>}"], [r"\ln x", r"\log x", r"\log_x <a>", r"<a> \log x"], low=3, high=9),
    Family(r"\sqrt[3]{<a>}", [r"\sqrt[3]{<a>}", r"<a>^{1/3}", r"<a>^{\frac{1}{3}}", r"\sqrt[ 3 ]{<a>}", "cbrt(<a>)"], [r"\sqrt{<a>}", r"3\sqrt{<a>}", r"\sqrt[4]{<a>}"], low=2, high=7),
]  # fmt: skip
STATEMENTS = [
    Family(r"x \equiv <a> \pmod{<b>}", [r"x \equiv <a> \pmod{<b>}", r"x \equiv <a> \pmod {<b>}", r"x\equiv <a> \mod <b>", r"x \equiv <a> (\bmod <b>)",
                                        r"x \equiv <a> \ (\text{mod } <b>)", "x ≡ <a> (mod <b>)"],
           [r"x \equiv <b> \pmod{<a>}", r"x = <a>", "<a>", r"x \equiv -<a> \pmod{<b>}"], low=3, high=70),
    Family(r"A \cup B", [r"A \cup B", r"A\cup B", "A ∪ B", r"B \cup A", r"A \bigcup B"], [r"A \cap B", "A", r"A \cup C", "AB", r"A \setminus B"]),
    Family(r"A \cap B^c", [r"A \cap B^c", r"A\cap B^{c}", r"B^c \cap A", "A ∩ B^c"], [r"A \cup B^c", r"A \cap B", r"A^c \cap B"]),
    Family(r"<a> \pm \sqrt{<b>}", [r"<a> \pm \sqrt{<b>}", r"<a>\pm\sqrt{<b>}", r"x = <a> \pm \sqrt{<b>}", r"<a> + \sqrt{<b>}, <a> - \sqrt{<b>}",
                                   r"<a>-\sqrt{<b>} \text{ or } <a>+\sqrt{<b>}", r"\{<a>-\sqrt{<b>}, <a>+\sqrt{<b>}\}", r"<a> ± \sqrt{<b>}", "<a> ± √<b>"],
           [r"<a> + \sqrt{<b>}", r"<a> - \sqrt{<b>}", r"\pm <a> + \sqrt{<c>}", r"<b> \pm \sqrt{<a>}"], low=11, high=15),
    Family(r"\pm <a>", [r"\pm <a>", r"\pm<a>", "±<a>", r"x = \pm <a>", "<a>, -<a>", r"-<a> \text{ or } <a>", r"\{-<a>, <a>\}", r"<a> \text{ and } -<a>", r"x = <a>, x = -<a>"],
           ["<a>", "-<a>", r"\pm <b>", r"\mp"]),
    Family(r"x = \frac{\pi}{<a>} + k\pi, k \in \mathbb{Z}", [r"x = \frac{\pi}{<a>} + k\pi, k \in \mathbb{Z}", r"x=\frac{\pi}{<a>}+k\pi,\ k\in\mathbb{Z}",
                                                            r"x = k\pi + \frac{\pi}{<a>} \quad (k \in \mathbb{Z})", r"\frac{\pi}{<a>} + k\pi, k \in \mathbb{Z}",
                                                            r"x = \frac{\pi}{<a>} + n\pi, n \in \mathbb{Z}", r"x = \frac{\pi}{<a>} + k\pi \text{ for } k \in \mathbb{Z}"],
           [r"x = \frac{\pi}{<a>} + 2k\pi, k \in \mathbb{Z}", r"x = \frac{\pi}{<a>}", r"x = -\frac{\pi}{<a>} + k\pi, k \in \mathbb{Z}"], low=3, high=9),
    Family(r"x \ne <a>", [r"x \ne <a>", r"x \neq <a>", "x ≠ <a>", r"x\not=<a>", r"x \neq <a>"], ["x = <a>", "x > <a>", "<a>", r"y \ne <a>", r"x \le <a>"]),
    Family(r"x \in \mathbb{R}", [r"x \in \mathbb{R}", r"\mathbb{R}", r"(-\infty, \infty)", r"x \in (-\infty, +\infty)", r"x ∈ ℝ", r"\mathbf{R}"],
           [r"x \in \mathbb{Z}", r"\mathbb{Q}", r"(0, \infty)", r"\emptyset"]),
    Family(r"\emptyset", [r"\emptyset", r"\varnothing", "∅", r"\{\}", r"\{ \}"], ["0", r"\{0\}", r"\mathbb{R}", r"\{\emptyset\}"]),
    Family(r"\begin{cases} x = <a> \\ y = <b> \end{cases}", [r"\begin{cases} x = <a> \\ y = <b> \end{cases}", r"\begin{cases}x=<a>\\y=<b>\end{cases}", "x = <a>, y = <b>",
                                                            r"x = <a> \text{ and } y = <b>", r"\left\{\begin{array}{l} x = <a> \\ y = <b> \end{array}\right.", r"y = <b>, x = <a>",
                                                            r"\begin{cases} y = <b> \\ x = <a> \end{cases}", r"(x, y) = (<a>, <b>)"],
           ["x = <b>, y = <a>", "x = <a>", r"\begin{cases} x = <a> \\ y = -<b> \end{cases}", "x = <a>, z = <b>"]),
    Family(r"(x - <a>)^2 + y^2 = <b>", [r"(x - <a>)^2 + y^2 = <b>", r"y^2 + (x-<a>)^2 = <b>", r"(x - <a>)^{2} + y^{2} - <b> = 0", r"\left(x-<a>\right)^2+y^2=<b>", r"<b> = (x-<a>)^2 + y^2"],
           [r"(x + <a>)^2 + y^2 = <b>", r"(x - <a>)^2 - y^2 = <b>", r"x^2 + y^2 = <b>", r"(x - <a>) + y^2 = <b>"], low=2, high=9),
    Family(r"f(x) = <a>x + <b>", [r"f(x) = <a>x + <b>", r"f(x)=<b>+<a>x", r"<a>x + <b>", r"y = <a>x + <b>"], ["f(x) = <b>x + <a>", "f(x) = <a>x", "<a> + <b>", "f(x) = <a>x - <b>"]),
]  # fmt: skip
WITH_UNITS = [
    Family(r"<a> \text{ cm}", [r"<a> \text{ cm}", "<a> cm", r"<a>\,\mathrm{cm}", "<a>cm", r"<a>\text{cm}", r"<a>\ \text{cm}", "<a>厘米", "<a> centimeters", "<a>"],
           [r"<a> \text{ m}", "<a> mm", r"<a> \text{ cm}^2", "<a>0 cm"]),
    Family(r"<a> \text{ cm}^2", [r"<a> \text{ cm}^2", r"<a>\,\mathrm{cm}^2", r"<a> \text{ cm}^{2}", "<a> cm^2", "<a> cm²", r"<a>\mathrm{\,cm^2}", "<a>平方厘米", "<a> square centimeters", "<a>"],
           [r"<a> \text{ cm}", r"<a> \text{ m}^2", r"<a> \text{ cm}^3", "<b> cm^2"]),
    Family(r"<a>^\circ", [r"<a>^\circ", r"<a>^{\circ}", "<a>°", "<a> degrees", r"<a> \text{ degrees}", "<a>度", r"\angle ABC = <a>^\circ", "<a>", r"<a>\degree"],
           [r"<a>^2", r"<a> \text{ rad}", r"<b>^\circ"]),
    Family(r"\$<a>", [r"\$<a>", "$<a>", r"\$<a>.00", "<a> dollars", r"\$\,<a>", "<a>", r"<a> \text{ dollars}"], ["<a> cents", r"\$<a>0", r"<a> million"], low=11, high=90),
    Family("<a>", ["<a>", "<a> apples", r"<a> \text{ apples}", "<a>个", "<a>人", "<a> people", "<a> hours"], ["<a> thousand", "<a> million", "<a> bn", "<a> crore", "<a> thirds", "<a> dozen", "<a>万",
                                                                                                             "<a> percent", "<a> halves", "<a> k"]),
    Family("<a>,000,000", ["<a>,000,000", "<a> million", r"<a> \text{ million}", r"<a> \times 10^6", "<a>000000"], ["<a> billion", "<a> thousand", "<a>"], low=2, high=9),
    Family(r"<a>\%", [r"<a>\%", "<a>%", r"<a> \%", "<a> percent", r"<a> \text{ percent}", "0.<a>"], ["<a>", r"<b>\%", r"0.<a>\%", r"<a>0\%"], low=11, high=99),
]  # fmt: skip
WORDS = [
    Family(r"\text{even}", [r"\text{even}", "even", "Even", r"\textbf{even}", r"\mathrm{even}", "**even**"], ["odd", "neither", "even or odd", "not even"]),
    Family("Tuesday", ["Tuesday", "tuesday", r"\text{Tuesday}", "Tuesday."], ["Thursday", "Tuesday or Friday", "Day"]),
    Family("No solution", ["No solution", "no solution", r"\text{No solution}", "No solution."], ["0", "one solution", "solution"]),
    Family("<a>:<b>", ["<a>:<b>", "<a> : <b>", r"<a> \colon <b>", "<a>：<b>"], ["<b>:<a>", "<a>", "<a>:<c>"], low=11, high=19),
]  # fmt: skip

DOMAINS: list[Domain[Any]] = [
    phrases("symbols", "math", SYMBOLS, wordings=TEXT_AROUND),
    phrases("statements", "math", STATEMENTS, wordings=TEXT_AROUND),
    phrases("units", "math", WITH_UNITS, wordings={**dress.FULL_STOP, **dress.SPACE}),
    phrases("words", "math", WORDS, wordings=OUTSIDE),
]
