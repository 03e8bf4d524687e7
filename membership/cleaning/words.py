"""Words that shops' files use, and the word that we store."""

from __future__ import annotations

from collections.abc import Mapping

MISSING_WORDS = frozenset({"", "null", "none", "nan", "nat", "n/a", "#n/a", "<na>", "\\n", "-", "--"})
CURRENCY_SYMBOLS = "$€£¥₩₹ "
CURRENCY_ALIASES = {
    "€": "EUR",
    "£": "GBP",
    "₩": "KRW",
    "₹": "INR",
    "us$": "USD",
    "rmb": "CNY",
    "人民币": "CNY",
}
# ISO 4217: decimals of the minor unit where they are not two
MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
COUNTRY_ALIASES = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "great britain": "GB", "usa": "US", "america": "US", "united states of america (usa)": "US",
    "the netherlands": "NL", "holland": "NL", "south korea": "KR", "korea": "KR", "russia": "RU",
    "prc": "CN", "mainland china": "CN", "中国大陆": "CN", "czech republic": "CZ", "turkey": "TR",
    "hong kong": "HK", "香港": "HK", "台湾": "TW", "macau": "MO", "澳门": "MO", "vietnam": "VN",
    "burma": "MM", "ivory coast": "CI", "swaziland": "SZ", "uae": "AE",
}  # fmt: skip
LANGUAGE_ALIASES = {
    "zh": "zh-hans", "zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-hans-cn": "zh-hans", "chinese": "zh-hans",
    "中文": "zh-hans", "简体中文": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant",
    "繁體中文": "zh-hant", "english": "en", "german": "de", "deutsch": "de", "french": "fr",
    "français": "fr", "spanish": "es", "español": "es", "italian": "it", "japanese": "ja", "日本語": "ja",
}  # fmt: skip
BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "fraud", "fraudulent", "chargeback", "是"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "genuine", "good", "legit", "legitimate", "否"), False),
}


def _words(**meanings: str) -> dict[str, str]:
    """``_words(paid="paid, processing")``: each listed word, and the meaning itself, -> the meaning."""
    by_word = {meaning: meaning for meaning in meanings}
    for meaning, words in meanings.items():
        by_word |= {word.strip(): meaning for word in words.split(",")}
    return by_word


TIERS = _words(
    basic="bronze, standard, regular, normal, default, member, 普通, 普通会员",
    silver="silber, 银, 银卡, 白银, 银卡会员",
    gold="golden, 金, 金卡, 黄金, 金卡会员",
    platinum="platin, diamond, vip, 铂金, 白金, 铂金会员",
)
MEMBER_STATUSES = _words(
    active="enabled, subscribed, 1, 正常", frozen="disabled, blocked, suspended, inactive, 冻结"
)
ORDER_STATUSES = _words(
    pending="new, open, unpaid, authorized, on hold, pending payment, checkout draft, wc pending, wc on hold",
    paid="processing, partially paid, partially refunded, wc processing, 已付款",
    shipped="fulfilled, dispatched, sent, in transit, 已发货",
    completed="complete, closed, delivered, done, wc completed, 已完成",
    cancelled="canceled, voided, void, failed, expired, wc cancelled, wc failed, 已取消",
    refunded="returned, wc refunded, 已退款",
    held="review, under review",
    declined="rejected",
)
CHANNELS = _words(
    store="in store, pos, retail, offline, shop, physical, 门店",
    web="online, website, online store, desktop, checkout, shopify draft order, 网站",
    app="mobile, ios, android, iphone, mobile app, 小程序",
    phone="telephone, call, call centre, call center, 电话",
)
EVENT_TYPES = _words(
    view="product view, page view, viewed, product viewed, view item, detail",
    cart="add to cart, added to cart, addtocart, product added, basket",
    search="search submitted, products searched, query",
    wishlist="add to wishlist, favourite, favorite, product added to wishlist",
    impression="shown, product list viewed, exposure",
    click="clicked, product clicked, select item",
)
LABEL_SOURCES = _words(
    chargeback="dispute, charge back", review="manual review, staff, analyst",
    confirmed="member, customer, confirmed good, confirmed by the member", **{"import": "file, imported"},
)  # fmt: skip
PROMOTION_KINDS = _words(
    mailer="flyer, leaflet, feature, catalogue, catalog, 传单, 海报",
    front_page="front page, frontpage, cover, 封面",
    display="in store display, endcap, end cap, 陈列, 堆头",
    price="price cut, discount, markdown, sale, 降价, 特价",
    online="banner, newsletter, email, 横幅, 线上",
    other="其他",
)
