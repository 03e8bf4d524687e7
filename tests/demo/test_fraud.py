import pandas as pd


def _first_lines(order_lines):
    return order_lines.drop_duplicates("order_no").set_index("order_no")


def test_about_one_order_in_two_hundred_is_fraud(order_lines, truth):
    assert 0.003 < truth["is_fraud"].sum() / order_lines["order_no"].nunique() < 0.009


def test_each_kind_of_fraud_and_its_genuine_counterpart_occurs(truth):
    kinds = truth.groupby("typology")["is_fraud"].unique().map(list).to_dict()
    for fraud in ("account_takeover", "card_testing", "coupon_abuse", "refund_abuse"):
        assert kinds[fraud] == [True]
    for genuine in ("new_phone", "party", "gift_card_run", "voucher"):
        assert kinds[genuine] == [False]


def test_labels_arrive_after_their_orders_and_in_their_file(demo, order_lines):
    placed = _first_lines(order_lines)["placed_at"]
    begins, ends = (pd.Timestamp(demo.manifest[name]) for name in ("replay_from", "replay_until"))
    known, replayed = (pd.read_parquet(demo.path(name)) for name in ("labels", "replay_labels"))
    assert (known["known_at"] < begins).all()
    assert replayed["known_at"].between(begins, ends, inclusive="left").all()
    for labels in (known, replayed):
        assert (labels["known_at"].to_numpy() > placed.reindex(labels["order_no"]).to_numpy()).all()


def test_no_episode_is_labelled_while_it_goes_on(demo, order_lines, truth):
    placed = _first_lines(order_lines)["placed_at"]
    labels = pd.concat([pd.read_parquet(demo.path(name)) for name in ("labels", "replay_labels")])
    frauds = truth[truth["is_fraud"] & (truth["episode"] > 0)]
    last = placed.reindex(frauds["order_no"]).groupby(frauds["episode"].to_numpy()).max()
    labelled = labels.merge(frauds, on="order_no")
    assert len(labelled) > 5
    assert (labelled["known_at"].to_numpy() > last.reindex(labelled["episode"]).to_numpy()).all()


def test_labels_of_stories_say_the_truth(demo, truth):
    labels = pd.concat([pd.read_parquet(demo.path(name)) for name in ("labels", "replay_labels")])
    both = labels.merge(truth, on="order_no")
    assert (both["is_fraud_x"] == both["is_fraud_y"]).all()
    assert set(labels["source"]) <= {"chargeback", "review", "confirmed"}


def test_order_numbers_of_made_up_orders_look_like_the_others(order_lines, truth):
    numbers = _first_lines(order_lines).index.str.removeprefix("CJ-").astype("int64")
    lengths = {len(number.removeprefix("CJ-")) for number in truth["order_no"]}
    assert lengths <= {len(str(number)) for number in numbers}


def test_a_genuine_new_phone_is_used_again_and_a_thiefs_is_not(order_lines, truth):
    devices = _first_lines(order_lines)["device_fingerprint"]
    stories = truth.set_index("order_no")["typology"]
    everyday = set(devices[~devices.index.isin(stories.index)])
    new_phones, thieves = (
        set(devices[stories.index[stories == kind]]) for kind in ("new_phone", "account_takeover")
    )
    assert len(new_phones & everyday) > len(new_phones) / 2
    assert thieves - everyday


def test_replayed_orders_are_not_yet_refunded(order_lines):
    replayed = order_lines[order_lines["part"] == "replay_orders"]
    assert set(replayed["status"]) == {"paid"}
