"""Names of places, from fine to coarse: split, folded, and countries under their other names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from rewards.reading.normalize import normalize

_COUNTRIES = """
usa|us|united states|united states of america|america|the states|美国|estados unidos|etats unis
uk|united kingdom|great britain|britain|united kingdom of great britain and northern ireland|英国
uae|united arab emirates|阿联酋|阿拉伯联合酋长国
china|peoples republic of china|prc|mainland china|中国|中华人民共和国
south korea|republic of korea|korea republic of|韩国|大韩民国
north korea|democratic peoples republic of korea|dprk|朝鲜
russia|russian federation|俄罗斯
czech republic|czechia|捷克|捷克共和国
netherlands|holland|nederland|荷兰
turkey|turkiye|republic of turkey|土耳其
ivory coast|cote divoire|科特迪瓦
myanmar|burma|缅甸
vietnam|viet nam|越南
iran|islamic republic of iran|伊朗
syria|syrian arab republic|叙利亚
tanzania|united republic of tanzania|坦桑尼亚
democratic republic of the congo|dr congo|drc|congo kinshasa|刚果民主共和国
republic of the congo|congo brazzaville|刚果共和国
eswatini|swaziland|斯威士兰
north macedonia|macedonia|北马其顿
cape verde|cabo verde|佛得角
timor leste|east timor|东帝汶
laos|lao peoples democratic republic|老挝
bolivia|plurinational state of bolivia|玻利维亚
venezuela|bolivarian republic of venezuela|委内瑞拉
moldova|republic of moldova|摩尔多瓦
vatican city|holy see|vatican|梵蒂冈
bosnia and herzegovina|bosnia|波黑
france|法国
germany|deutschland|federal republic of germany|德国
italy|italia|意大利
spain|espana|西班牙
portugal|葡萄牙
japan|日本
india|印度
brazil|brasil|巴西
canada|加拿大
mexico|墨西哥
australia|澳大利亚|澳洲
new zealand|aotearoa|新西兰
ireland|republic of ireland|爱尔兰
switzerland|schweiz|suisse|svizzera|瑞士
austria|osterreich|奥地利
belgium|belgique|belgie|比利时
sweden|sverige|瑞典
norway|norge|挪威
denmark|danmark|丹麦
finland|suomi|芬兰
iceland|冰岛
poland|polska|波兰
hungary|magyarorszag|匈牙利
greece|hellas|hellenic republic|希腊
romania|罗马尼亚
bulgaria|保加利亚
croatia|hrvatska|克罗地亚
serbia|塞尔维亚
ukraine|乌克兰
egypt|埃及
morocco|摩洛哥
south africa|南非
kenya|肯尼亚
nigeria|尼日利亚
ethiopia|埃塞俄比亚
israel|以色列
saudi arabia|kingdom of saudi arabia|沙特阿拉伯
thailand|泰国
indonesia|印度尼西亚|印尼
malaysia|马来西亚
philippines|菲律宾
cambodia|柬埔寨
nepal|尼泊尔
pakistan|巴基斯坦
bangladesh|孟加拉国
sri lanka|斯里兰卡
mongolia|蒙古
kazakhstan|哈萨克斯坦
argentina|阿根廷
chile|智利
peru|秘鲁
colombia|哥伦比亚
cuba|古巴
"""
_OTHER_NAMES = {
    name: frozenset(names) for line in _COUNTRIES.split("\n") for names in [line.split("|")] for name in names
}
_LEVEL_WORD = re.compile(
    r"(?:\A|(?<=[,;\n]))\s*[-*]?\s*(?:the )?(?:place(?: name)?|city|town|region|state|province|country|nation"
    r"|location|landmark|answer|城市|国家|地区|省份?|地点)\s*(?::|\bis\b)\s*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\A(?:(?:it|this|the (?:place|location|photo|image|city))\s+(?:is|was)\s+)?"
    r"(?:taken\s+)?(?:in\s+)?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[,，;、\n|]|->|→|>")
_WEAK_SEPARATOR = re.compile(r"[/()]|\s-\s|\s—\s|\s(?:in|within)\s", re.IGNORECASE)
_SPACE = re.compile(r"[-,\s]+")


def fold_name(name: str) -> str:
    """Return a name without case, accents, dots, apostrophes, and a leading "the"."""
    letters = unicodedata.normalize("NFKD", normalize(name).casefold().strip(" .\"'*"))
    kept = "".join(one for one in letters if not unicodedata.combining(one) and one not in ".'’")
    return _SPACE.sub(" ", kept).strip().removeprefix("the ")


def country_names(name: str) -> frozenset[str]:
    """Return the names under which a country (folded name) goes, itself included."""
    return _OTHER_NAMES.get(name, frozenset()) | {name}


def split_names(text: str, known: Collection[str] = ()) -> list[str]:
    """Return the folded names of `Paris, France`, `City: Paris, Country: France`, `Paris (France)`, in their order.

    known: names that a text may hold whole, whatever parts it: Washington, D.C., 法国巴黎.
    """
    text = _LEVEL_WORD.sub(",", normalize_lines(text)).strip(" ,.。")
    text = _LEAD.sub("", text, count=1)
    if (whole := fold_name(text)) in known:
        return [whole]
    parts = [part for part in _SEPARATOR.split(text) if fold_name(part)]
    names: list[str] = []
    while parts:
        size = next((n for n in range(min(4, len(parts)), 1, -1) if fold_name(" ".join(parts[:n])) in known), 1)
        name = fold_name(" ".join(parts[:size]))
        weak = _WEAK_SEPARATOR.split(parts[0]) if size == 1 and name not in known else [name]
        names += [folded for part in weak if (folded := fold_name(part))]
        parts = parts[size:]
    return _run_together(names[0], known) if len(names) == 1 and not names[0].isascii() else names


def normalize_lines(text: str) -> str:
    """Normalise a text line by line."""
    return "\n".join(normalize(line) for line in text.split("\n"))


def _run_together(text: str, known: Collection[str]) -> list[str]:
    """Part 法国巴黎 where all of it is known names; else leave it whole."""
    for name in sorted((one for one in known if not one.isascii()), key=len, reverse=True):
        rest = text.removeprefix(name)
        if rest != text and rest in known:
            return [name, rest]
    return [text]
