"""What shops sell, in English and Chinese: for sentences in the language that the catalogue is not in."""
# ruff: noqa: E501  # Chinese letters are wide

from __future__ import annotations

PAIRS = (
    ("coffee", "咖啡"), ("tea", "茶"), ("tea", "茶叶"), ("wine", "红酒"), ("wine", "葡萄酒"), ("beer", "啤酒"),
    ("spirits", "白酒"), ("liquor", "白酒"), ("water", "矿泉水"), ("soft drinks", "饮料"), ("juice", "果汁"),
    ("milk", "牛奶"), ("dairy", "乳制品"), ("cheese", "奶酪"), ("yogurt", "酸奶"), ("butter", "黄油"),
    ("bread", "面包"), ("bakery", "烘焙"), ("cake", "蛋糕"), ("cookies", "饼干"), ("biscuits", "饼干"),
    ("chocolate", "巧克力"), ("candy", "糖果"), ("snacks", "零食"), ("nuts", "坚果"), ("cereal", "麦片"),
    ("rice", "大米"), ("noodles", "面条"), ("pasta", "意大利面"), ("flour", "面粉"), ("cooking oil", "食用油"),
    ("fruit", "水果"), ("vegetables", "蔬菜"), ("meat", "肉类"), ("beef", "牛肉"), ("pork", "猪肉"),
    ("chicken", "鸡肉"), ("fish", "鱼"), ("seafood", "海鲜"), ("eggs", "鸡蛋"), ("frozen food", "冷冻食品"),
    ("groceries", "食品杂货"), ("grocery", "食品"), ("food", "食品"), ("organic food", "有机食品"),
    ("dog food", "狗粮"), ("cat food", "猫粮"), ("pet food", "宠物食品"), ("pets", "宠物"), ("baby food", "婴儿食品"),
    ("diapers", "纸尿裤"), ("diapers", "尿布"), ("infant formula", "奶粉"), ("toys", "玩具"), ("baby", "母婴"),
    ("cleaning", "清洁用品"), ("detergent", "洗衣液"), ("laundry", "洗衣用品"), ("toilet paper", "卫生纸"),
    ("tissues", "纸巾"), ("shampoo", "洗发水"), ("soap", "香皂"), ("toothpaste", "牙膏"), ("skin care", "护肤品"),
    ("skincare", "护肤品"), ("cosmetics", "化妆品"), ("makeup", "彩妆"), ("perfume", "香水"), ("vitamins", "维生素"),
    ("health", "保健品"), ("medicine", "药品"), ("clothing", "服装"), ("clothes", "衣服"), ("shoes", "鞋"),
    ("shoes", "鞋子"), ("hats", "帽子"), ("bags", "包包"), ("jewelry", "珠宝"), ("jewellery", "珠宝"),
    ("watches", "手表"), ("sportswear", "运动服"), ("sports", "运动"), ("outdoor", "户外"), ("bicycles", "自行车"),
    ("books", "图书"), ("books", "书"), ("stationery", "文具"), ("music", "音乐"), ("games", "游戏"),
    ("phones", "手机"), ("computers", "电脑"), ("laptops", "笔记本电脑"), ("electronics", "电子产品"),
    ("headphones", "耳机"), ("cameras", "相机"), ("appliances", "家电"), ("furniture", "家具"), ("lamps", "灯具"),
    ("kitchen", "厨房用品"), ("kitchenware", "厨具"), ("tools", "工具"), ("garden", "园艺"), ("flowers", "鲜花"),
    ("flowers", "花"), ("gifts", "礼品"), ("cards", "贺卡"), ("cigarettes", "香烟"), ("tobacco", "烟草"),
)  # fmt: skip
"""(English, Chinese), in small letters; what is sold in several words has several pairs."""
