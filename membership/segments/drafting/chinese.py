"""Chinese: what its words mean to a rule."""
# ruff: noqa: E501  # a table reads best with one meaning a line

from __future__ import annotations

import re
from decimal import Decimal

from membership.rules.nodes import Relative
from membership.segments.drafting.numbers import CHINESE, read_chinese
from membership.segments.drafting.tokens import Kind

_UNITS = {"天": (1, "d"), "日": (1, "d"), "周": (1, "w"), "星期": (1, "w"), "礼拜": (1, "w"), "月": (1, "m"),
          "季度": (3, "m"), "季": (3, "m"), "年": (1, "y")}  # fmt: skip
_UNIT = r"(?:天|日|周|星期|礼拜|月|季度|季|年)"
_SPAN = rf"(?:半\s*个?\s*(?:年|月)|{CHINESE}\s*个?\s*半?{_UNIT})"
_INSIDE = r"(?:的?时间)?(?:以内|之内|内|以来|来|里|中|间)?"


def span(text: str) -> Relative | None:
    """ "两个月" → 2m; "半年" → 6m; None for a period that is not a whole number."""
    text = text.replace(" ", "")
    if text.startswith("半"):
        return Relative(6, "m") if text.endswith("年") else Relative(15, "d")
    match = re.fullmatch(rf"({CHINESE})个?({_UNIT})", text)
    if match is None:
        return None
    scale, letter = _UNITS[match[2]]
    number = read_chinese(match[1])
    return Relative(int(number) * scale, letter) if number == int(number) else None


def _span_in(match: re.Match[str]) -> object:
    return span(match["span"])


def _number(match: re.Match[str]) -> object:
    """None for what only looks like a number: "一亿亿", "万万"."""
    amount = match[0]
    return None if any(amount.count(scale) > 1 for scale in "亿万") else read_chinese(amount)


def _percent(match: re.Match[str]) -> object:
    return Decimal(read_chinese(match["number"])) / 100


def _tenths(match: re.Match[str]) -> object:
    return Decimal(read_chinese(match["number"])) / 10


def _range(match: re.Match[str]) -> object:
    return read_chinese(match["low"]), read_chinese(match["high"])


PATTERNS: tuple[tuple[str, Kind, object], ...] = (
    # when
    (rf"(?:在)?(?:最近|近|过去|这|前|上)的?\s*(?P<span>{_SPAN}){_INSIDE}", Kind.PAST, _span_in),
    (rf"(?P<span>{_SPAN})(?:以内|之内|内|以来|来|里|中)", Kind.PAST, _span_in),
    (rf"(?:在)?(?:未来|今后|接下来|接下来的|往后|将来|即将到来的)的?\s*(?P<span>{_SPAN}){_INSIDE}", Kind.NEXT, _span_in),
    (rf"(?P<span>{_SPAN})(?:以前|之前|前)", Kind.AGO, _span_in),
    (_SPAN, Kind.SPAN, lambda match: span(match[0])),
    # how many
    (rf"(?:在|介于)?(?P<low>{CHINESE})\s*(?:到|至|-|~|—|和)\s*(?P<high>{CHINESE})\s*(?:分|元|块)?(?:之间)", Kind.RANGE, _range),
    (rf"(?P<number>{CHINESE})\s*%", Kind.NUMBER, _percent),
    (rf"百分之(?P<number>{CHINESE})", Kind.NUMBER, _percent),
    (rf"(?P<number>{CHINESE})\s*成", Kind.NUMBER, _tenths),
    (CHINESE, Kind.NUMBER, _number),
    ("至少|最少|不低于|不少于|不小于|达到|起码|满", Kind.COMPARE, ">="),
    ("至多|最多|不超过|不高于|不多于|不大于", Kind.COMPARE, "<="),
    ("超过|高于|大于|多于|超出|逾", Kind.COMPARE, ">"),
    ("低于|少于|小于|不到|不足|未满|不满", Kind.COMPARE, "<"),
    ("正好|恰好|刚好|只有|仅|只|等于", Kind.COMPARE, "="),
    ("以上|及以上|或以上|或更多|或者更多", Kind.COMPARE_BACK, ">="),
    ("以下|及以下|或以下|或更少", Kind.COMPARE_BACK, "<="),
    ("次|回|遍|单|笔", Kind.UNIT, "times"),
    ("件|包|盒|箱|袋|瓶|个", Kind.UNIT, "units"),
    ("元|块钱|块|美元|人民币|欧元", Kind.UNIT, "money"),
    ("分", Kind.UNIT, "score"),
    # joining
    ("而且|并且|但是|但|且|并|同时|和|与|以及|及|跟|却|又|也|还|同|不过", Kind.AND, None),
    ("或者|或是|或|还是", Kind.OR, None),
    ("的|里面|其中|里|中", Kind.BOUND, None),
    ("除了|除去|除|排除|不包括|不含", Kind.EXCEPT, None),
    ("以外|之外|外", Kind.EXCEPT_END, None),
    ("没有|没|未曾|未|不|非|无", Kind.NOT, False),
    ("从来没有|从来没|从未|从没有|从没|从来不|从不|没有任何记录", Kind.NOT, True),
    # what they did
    ("购买过|购买了|购买|买过|买了|买|购入|购过|购", Kind.VERB, "bought"),
    ("下过单|下了单|下过订单|下单|下订单|下过|下了|订单数量|订单数|订单|消费过", Kind.VERB, "ordered"),
    ("花费|花了|花过|花|消费金额|消费额|消费了|消费", Kind.VERB, "spent"),
    ("浏览过|浏览了|浏览|看过|查看过|查看|访问过", Kind.VERB, "viewed"),
    ("加入购物车|加入了购物车|加到购物车|放进购物车|放入购物车|加购过|加购了|加购", Kind.VERB, "carted"),
    ("收藏过|收藏了|收藏|加入心愿单|加入愿望清单|加入收藏", Kind.VERB, "wishlisted"),
    ("点击过|点击了|点击", Kind.VERB, "clicked"),
    ("新加入|加入会员|入会|加入|注册", Kind.VERB, "joined"),
    ("新会员|新客|新用户|新注册", Kind.VERB, "new"),
    ("什么都没有?|什么也没有?|任何东西都没有?", Kind.NOTHING, "negated"),
    ("任何东西|任何商品|任何产品|任何", Kind.NOTHING, None),
    ("它们|它|其", Kind.ANY, None),
    # what is known of them
    ("同意接收|同意接受|同意|愿意接收|愿意|允许|接受|授权|订阅了|订阅", Kind.CONSENT, None),
    ("(?:营销)?(?:电子邮件|邮件|电邮)(?:营销)?", Kind.CHANNEL_OF_CONSENT, "email"),
    ("(?:营销)?短信(?:营销)?", Kind.CHANNEL_OF_CONSENT, "sms"),
    ("(?:营销)?(?:邮寄|信件)", Kind.CHANNEL_OF_CONSENT, "post"),
    ("电子邮箱|邮箱地址|邮箱", Kind.FIELD, ("email",)),
    ("手机号码|手机号|电话号码|电话", Kind.FIELD, ("phone",)),
    ("姓名|名字", Kind.FIELD, ("name",)),
    ("(?:最后|最近|上)一?次(?:下单|购买|消费|订单)(?:时间)?", Kind.FIELD, ("last_order_at",)),
    ("首次(?:下单|购买|消费)|第一次(?:下单|购买|消费)|首单", Kind.FIELD, ("first_order_at",)),
    ("过生日|生日", Kind.FIELD, ("birthday",)),
    ("入会周年纪念日|入会周年|周年纪念", Kind.FIELD, ("join_anniversary",)),
    ("会员积分|积分", Kind.FIELD, ("points",)),
    ("(?:rfm)?(?:最近|近度|最近度)(?:得分|分数)", Kind.FIELD, ("rfm_recency",)),
    ("(?:rfm)?(?:频率|频度|频次)(?:得分|分数|评分)", Kind.FIELD, ("rfm_frequency",)),
    ("(?:rfm)?(?:金额|额度)(?:得分|分数|评分)", Kind.FIELD, ("rfm_monetary",)),
    ("流失风险|流失概率|流失可能性", Kind.FIELD, ("churn_risk",)),
    ("(?:未处理|待处理|未结|打开)?(?:的)?欺诈(?:警报|告警|预警)", Kind.FIELD, ("open_alerts",)),
    ("欺诈概率|欺诈分数|欺诈风险", Kind.FIELD, ("fraud_probability",)),
    ("(?:手机)?app(?:里|上|端)?", Kind.NAME, ("channel", "app")),
    ("网站上?|网店|网上|线上", Kind.NAME, ("channel", "web")),
    ("门店|实体店|线下|店里", Kind.NAME, ("channel", "store")),
    ("已冻结|被冻结|冻结", Kind.VALUE, ("status", "frozen")),
    ("正常|活跃状态|有效", Kind.VALUE, ("status", "active")),
    # words that add nothing
    ("[，,、;；]", Kind.COMMA, None),
    (
        "所有|全部|会员|客户|顾客|用户|买家|人|账户|账号|标签|分群|等级|级别|位于|来自|住在|居住|在|有|过|了|"
        "是|属于|带有|带|贴有|既|都|共|总共|一共|曾经|曾|把|将|上|内|填写|填|迎来|接收|收到|东西|商品|产品|"
        "国家|这些|那些|请|找出|找|列出|给我|我们|我|老|到目前为止|目前|类|类目|rfm|次数|给|于|至今|"
        "还没|未来|数量|时间|要|会|再|就|即|群",
        Kind.FILLER, None,
    ),
    ("宝妈|宝爸|家长|家庭|学生|粉丝|老顾客|白领", Kind.PERSON, None),
)  # fmt: skip
