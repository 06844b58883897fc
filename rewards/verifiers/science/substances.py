"""Names of common substances and ions in English and Chinese, with their formulas.

A small dictionary: what is not in it is compared as text.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rewards.reading.normalize import normalize

_NAMES = """
H2O water 水; H2O2 hydrogen peroxide 过氧化氢 双氧水; O2 oxygen 氧气; O3 ozone 臭氧; H2 hydrogen 氢气;
N2 nitrogen 氮气; Cl2 chlorine 氯气; Br2 bromine 溴 液溴; I2 iodine 碘 碘单质; F2 fluorine 氟气;
P4 white phosphorus 白磷; CO carbon monoxide 一氧化碳; CO2 carbon dioxide 二氧化碳 干冰; SO2 sulfur dioxide 二氧化硫;
SO3 sulfur trioxide 三氧化硫; NO nitric oxide|nitrogen monoxide 一氧化氮; NO2 nitrogen dioxide 二氧化氮;
N2O nitrous oxide 一氧化二氮 笑气; N2O4 dinitrogen tetroxide 四氧化二氮;
P2O5 phosphorus pentoxide|diphosphorus pentoxide 五氧化二磷; SiO2 silicon dioxide|silica 二氧化硅;
NH3 ammonia 氨 氨气; NH3·H2O ammonia water 一水合氨 氨水; HCl hydrogen chloride|hydrochloric acid 氯化氢 盐酸;
H2SO4 sulfuric acid|sulphuric acid 硫酸; H2SO3 sulfurous acid 亚硫酸; HNO3 nitric acid 硝酸;
HNO2 nitrous acid 亚硝酸; H3PO4 phosphoric acid 磷酸; H2CO3 carbonic acid 碳酸;
HF hydrogen fluoride|hydrofluoric acid 氟化氢 氢氟酸; HBr hydrogen bromide|hydrobromic acid 溴化氢 氢溴酸;
HI hydrogen iodide|hydroiodic acid 碘化氢 氢碘酸; H2S hydrogen sulfide 硫化氢; HCN hydrogen cyanide 氰化氢;
HClO hypochlorous acid 次氯酸; HClO4 perchloric acid 高氯酸;
NaOH sodium hydroxide|caustic soda 氢氧化钠 烧碱 火碱 苛性钠; KOH potassium hydroxide 氢氧化钾 苛性钾;
Ca(OH)2 calcium hydroxide|slaked lime 氢氧化钙 熟石灰 消石灰; Mg(OH)2 magnesium hydroxide 氢氧化镁;
Al(OH)3 aluminum hydroxide|aluminium hydroxide 氢氧化铝; Ba(OH)2 barium hydroxide 氢氧化钡;
Fe(OH)2 iron(II) hydroxide|ferrous hydroxide 氢氧化亚铁; Fe(OH)3 iron(III) hydroxide|ferric hydroxide 氢氧化铁;
Cu(OH)2 copper(II) hydroxide|cupric hydroxide 氢氧化铜; NaCl sodium chloride|table salt 氯化钠 食盐;
KCl potassium chloride 氯化钾; CaCl2 calcium chloride 氯化钙; MgCl2 magnesium chloride 氯化镁;
AlCl3 aluminum chloride|aluminium chloride 氯化铝; FeCl2 iron(II) chloride|ferrous chloride 氯化亚铁;
FeCl3 iron(III) chloride|ferric chloride 氯化铁; CuCl2 copper(II) chloride|cupric chloride 氯化铜;
ZnCl2 zinc chloride 氯化锌; BaCl2 barium chloride 氯化钡; NH4Cl ammonium chloride 氯化铵;
AgCl silver chloride 氯化银; Na2CO3 sodium carbonate|soda ash|washing soda 碳酸钠 纯碱 苏打;
NaHCO3 sodium bicarbonate|sodium hydrogen carbonate|baking soda 碳酸氢钠 小苏打; K2CO3 potassium carbonate 碳酸钾;
CaCO3 calcium carbonate|limestone 碳酸钙 石灰石; MgCO3 magnesium carbonate 碳酸镁; BaCO3 barium carbonate 碳酸钡;
(NH4)2CO3 ammonium carbonate 碳酸铵; NH4HCO3 ammonium bicarbonate 碳酸氢铵 碳铵; Ca(HCO3)2 calcium bicarbonate 碳酸氢钙;
Na2SO4 sodium sulfate 硫酸钠; K2SO4 potassium sulfate 硫酸钾; CaSO4 calcium sulfate 硫酸钙;
BaSO4 barium sulfate 硫酸钡; MgSO4 magnesium sulfate 硫酸镁; ZnSO4 zinc sulfate 硫酸锌;
CuSO4 copper(II) sulfate|copper sulfate|cupric sulfate 硫酸铜;
CuSO4·5H2O copper(II) sulfate pentahydrate|blue vitriol 五水硫酸铜 五水合硫酸铜 胆矾 蓝矾;
FeSO4 iron(II) sulfate|ferrous sulfate 硫酸亚铁; Fe2(SO4)3 iron(III) sulfate|ferric sulfate 硫酸铁;
Al2(SO4)3 aluminum sulfate|aluminium sulfate 硫酸铝; (NH4)2SO4 ammonium sulfate 硫酸铵;
Na2SO3 sodium sulfite 亚硫酸钠; Na2SO4·10H2O sodium sulfate decahydrate 芒硝; CaSO4·2H2O gypsum 生石膏 石膏;
KAl(SO4)2·12H2O alum|potash alum 明矾; NaNO3 sodium nitrate 硝酸钠;
KNO3 potassium nitrate|saltpeter|saltpetre 硝酸钾 硝石; AgNO3 silver nitrate 硝酸银; NH4NO3 ammonium nitrate 硝酸铵;
Cu(NO3)2 copper(II) nitrate|copper nitrate 硝酸铜; Ca(NO3)2 calcium nitrate 硝酸钙;
Fe(NO3)3 iron(III) nitrate 硝酸铁; Ba(NO3)2 barium nitrate 硝酸钡; NaNO2 sodium nitrite 亚硝酸钠;
CaO calcium oxide|quicklime 氧化钙 生石灰; MgO magnesium oxide|magnesia 氧化镁; Na2O sodium oxide 氧化钠;
Na2O2 sodium peroxide 过氧化钠; Al2O3 aluminum oxide|aluminium oxide|alumina 氧化铝;
FeO iron(II) oxide|ferrous oxide 氧化亚铁; Fe2O3 iron(III) oxide|ferric oxide|hematite 氧化铁 三氧化二铁 铁红;
Fe3O4 iron(II,III) oxide|magnetite 四氧化三铁 磁性氧化铁; CuO copper(II) oxide|cupric oxide 氧化铜;
Cu2O copper(I) oxide|cuprous oxide 氧化亚铜; ZnO zinc oxide 氧化锌;
MnO2 manganese dioxide|manganese(IV) oxide 二氧化锰; HgO mercury(II) oxide 氧化汞; Ag2O silver oxide 氧化银;
KMnO4 potassium permanganate 高锰酸钾; K2MnO4 potassium manganate 锰酸钾; KClO3 potassium chlorate 氯酸钾;
NaClO sodium hypochlorite 次氯酸钠; Ca(ClO)2 calcium hypochlorite 次氯酸钙; K2Cr2O7 potassium dichromate 重铬酸钾;
K2CrO4 potassium chromate 铬酸钾; Na2S2O3 sodium thiosulfate 硫代硫酸钠 大苏打; Na2SiO3 sodium silicate 硅酸钠;
Na2S sodium sulfide 硫化钠; FeS iron(II) sulfide 硫化亚铁; FeS2 pyrite 二硫化亚铁 黄铁矿;
CuS copper(II) sulfide 硫化铜; NaF sodium fluoride 氟化钠; NaBr sodium bromide 溴化钠; KBr potassium bromide 溴化钾;
KI potassium iodide 碘化钾; NaI sodium iodide 碘化钠; AgBr silver bromide 溴化银; AgI silver iodide 碘化银;
NaH sodium hydride 氢化钠; CaC2 calcium carbide 电石 碳化钙; SiC silicon carbide 碳化硅;
KSCN potassium thiocyanate 硫氰化钾; NaCN sodium cyanide 氰化钠; CH4 methane 甲烷; C2H6 ethane 乙烷;
C3H8 propane 丙烷; C4H10 butane 丁烷; C2H4 ethylene|ethene 乙烯; C3H6 propylene|propene 丙烯;
C2H2 acetylene|ethyne 乙炔; C6H6 benzene 苯; C7H8 toluene|methylbenzene 甲苯;
CH3OH methanol|methyl alcohol 甲醇 木精; C2H5OH ethanol|ethyl alcohol 乙醇 酒精; HCHO formaldehyde|methanal 甲醛;
CH3CHO acetaldehyde|ethanal 乙醛; HCOOH formic acid|methanoic acid 甲酸 蚁酸;
CH3COOH acetic acid|ethanoic acid 乙酸 醋酸 冰醋酸; CH3COCH3 acetone|propanone 丙酮;
CH3COOC2H5 ethyl acetate 乙酸乙酯; C6H5OH phenol 苯酚 石炭酸; CHCl3 chloroform|trichloromethane 氯仿 三氯甲烷;
CCl4 carbon tetrachloride|tetrachloromethane 四氯化碳; C6H12O6 glucose 葡萄糖; C6H12O6 fructose 果糖;
C12H22O11 sucrose 蔗糖; C12H22O11 maltose 麦芽糖; C3H8O3 glycerol|glycerin 甘油 丙三醇;
H2C2O4 oxalic acid 草酸 乙二酸; CO(NH2)2 urea 尿素; CH3COONa sodium acetate 乙酸钠 醋酸钠;
C6H5COOH benzoic acid 苯甲酸; C6H5NH2 aniline 苯胺; C6H5CHO benzaldehyde 苯甲醛; C10H8 naphthalene 萘;
Na+ sodium ion 钠离子; K+ potassium ion 钾离子; H+ hydrogen ion|proton 氢离子 质子; Li+ lithium ion 锂离子;
Ag+ silver ion 银离子; NH4+ ammonium|ammonium ion 铵根 铵根离子 铵离子; H3O+ hydronium|hydronium ion 水合氢离子;
Ca^2+ calcium ion 钙离子; Mg^2+ magnesium ion 镁离子; Ba^2+ barium ion 钡离子; Zn^2+ zinc ion 锌离子;
Cu^2+ copper(II) ion|cupric ion 铜离子; Fe^2+ iron(II) ion|ferrous ion 亚铁离子;
Fe^3+ iron(III) ion|ferric ion 铁离子; Al^3+ aluminum ion|aluminium ion 铝离子; Pb^2+ lead(II) ion 铅离子;
Cl- chloride|chloride ion 氯离子; Br- bromide|bromide ion 溴离子; I- iodide|iodide ion 碘离子;
F- fluoride|fluoride ion 氟离子; OH- hydroxide|hydroxide ion 氢氧根 氢氧根离子; S^2- sulfide|sulfide ion 硫离子;
O^2- oxide ion 氧离子; NO3- nitrate|nitrate ion 硝酸根 硝酸根离子; NO2- nitrite|nitrite ion 亚硝酸根 亚硝酸根离子;
SO4^2- sulfate|sulfate ion 硫酸根 硫酸根离子; SO3^2- sulfite|sulfite ion 亚硫酸根 亚硫酸根离子;
CO3^2- carbonate|carbonate ion 碳酸根 碳酸根离子; HCO3- bicarbonate|bicarbonate ion 碳酸氢根 碳酸氢根离子;
PO4^3- phosphate|phosphate ion 磷酸根 磷酸根离子; MnO4- permanganate|permanganate ion 高锰酸根 高锰酸根离子;
ClO- hypochlorite ion 次氯酸根 次氯酸根离子; CH3COO- acetate|acetate ion 醋酸根 醋酸根离子; Fe iron 铁;
Cu copper 铜; Zn zinc 锌; Al aluminum|aluminium 铝; Mg magnesium 镁; Na sodium 钠; K potassium 钾; Ca calcium 钙;
Ag silver 银; Au gold 金; Hg mercury 汞 水银; Pb lead 铅; Sn tin 锡; Ni nickel 镍; Mn manganese 锰; Cr chromium 铬;
Ti titanium 钛; Pt platinum 铂; Ba barium 钡; Li lithium 锂; C carbon 碳; S sulfur|sulphur 硫 硫磺; Si silicon 硅;
P phosphorus 磷; He helium 氦 氦气; Ne neon 氖 氖气; Ar argon 氩 氩气; Kr krypton 氪; Xe xenon 氙
"""


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, str]]:
    """Return the formula and the main name of every name."""
    table = {}
    for entry in _NAMES.split(";"):
        formula, *rest = entry.split()
        english = " ".join(word for word in rest if word.isascii()).split("|")
        chinese = [word for word in rest if not word.isascii()]
        for name in (*english, *chinese):
            table[name.casefold()] = (formula, english[0])
    return table


def formula_of(name: str) -> str | None:
    """Return the formula of a substance or ion by name, or None when the dictionary lacks it."""
    found = _table().get(normalize(name).casefold().strip(" .。"))
    return found[0] if found else None


def main_name(name: str) -> str | None:
    """Return the one English name that stands for all names of a substance: glucose is not fructose."""
    found = _table().get(normalize(name).casefold().strip(" .。"))
    return found[1] if found else None


def with_formulas(text: str) -> str:
    """Write the Chinese names in a text as formulas: 加热氢氧化钠 -> 加热NaOH. Names of one character stay."""
    return _chinese_names().sub(lambda match: _table()[match.group()][0], text)


@lru_cache(maxsize=1)
def _chinese_names() -> re.Pattern[str]:
    names = [name for name in _table() if not name.isascii() and len(name) > 1]
    return re.compile("|".join(sorted(names, key=len, reverse=True)))
