"""The exercises of the caching lab. Each is put to real engines, a pair and a database that the learner does not see.

Every function takes a `Shop` (`elasticache_engine.caching`) and returns the exercise. Expected
values come from small models in plain Python (`read_model`, `cart_model`), which the tests hold against the engines.
"""

from __future__ import annotations

from collections import Counter

from awsbook.lab.checks import Exercise, is_blank
from awsbook.lab.elasticache_engine import IN_VAIN, WaitsForEver, spied, until

TTL_S = 300  # of a price in the cache: our shop's rule
LOCK_S = 10  # the longest that a lock may outlive whoever took it
CART_S = 1800  # a cart is forgotten so long after the last change
SKUS = ("mule", "brogue", "oxford", "derby", "slipper")


class Killed(BaseException):
    """The end of a program's process. Not an Exception, because no program catches its own death."""


def price(shop) -> Exercise:
    """`price(cache, db, sku)`: lazy loading, with a TTL of `TTL_S` under the key `price:<sku>`."""
    hidden = shop.hidden

    def cases(rng):
        yield ({"mule": 5000}, [("read", "mule")] * 3)
        yield ({"mule": 5000, "derby": 0}, [("read", "derby"), ("read", "mule"), ("read", "derby")])
        yield ({"mule": 5000}, [("read", "oxford")] * 2)
        reads = [("read", "mule"), ("age", TTL_S - 1), ("read", "mule"), ("age", 2), ("read", "mule")]
        yield ({"mule": 5000}, [reads[0], ("sell", "mule", 4000), *reads[1:]])
        for _ in range(3):
            prices = {sku: rng.randrange(1, 200) * 100 for sku in SKUS}
            yield prices, [_step(rng) for _ in range(25)]

    def ask(answer, prices, steps):
        _begin(hidden, prices)
        db, seen = hidden.db, []
        before = hidden.queries()
        for verb, *more in steps:
            if verb == "read":
                seen.append(answer(hidden.cache, db, *more))
                if is_blank(seen[-1]):
                    return seen[-1]
            elif verb == "age":
                hidden.age(*more)
            else:
                _sell(hidden, *more)
        queries = hidden.queries() - before
        return seen, queries, set(hidden.cache.scan_iter()) - {f"price:{sku}" for sku in SKUS}

    def judge(prices, steps, got):
        seen, queries, strange = got
        should, most = read_model(prices, steps)
        reads = [at for at, step in enumerate(steps) if step[0] == "read"]
        for at, came, expected in zip(reads, seen, should, strict=True):
            if came != expected or type(came) is not type(expected):
                return f"{_told(steps[: at + 1])}: expected {expected!r}, got {came!r}"
        if strange:
            return f"{_told(steps)}: the cache has keys that are no price:<sku>: {', '.join(sorted(strange))}"
        if queries != most:
            return f"{_told(steps)}: the database was asked {queries} times, expected {most}"
        return ""

    return Exercise("price", cases, judge, ask)


def read_model(prices: dict[str, int], steps: list[tuple]) -> tuple[list, int]:
    """What lazy loading answers to each read, and how often it asks the database. prices: by shoe, in cents."""
    prices, cache, now, seen, queries = dict(prices), {}, 0, [], 0
    for verb, *more in steps:
        if verb == "age":
            now += more[0]
        elif verb == "sell":
            prices[more[0]] = more[1]
        else:
            (sku,) = more
            if sku not in cache or cache[sku][1] <= now:
                queries += 1
                cache.pop(sku, None)
                if sku in prices:
                    cache[sku] = (prices[sku], now + TTL_S)
            seen.append(cache[sku][0] if sku in cache else None)
    return seen, queries


def change_price(shop) -> Exercise:
    """`change_price(cache, db, sku, cents)`: write-through, to the database and then to the cache."""
    hidden = shop.hidden

    def cases(rng):
        # cached before, shoe, new price
        yield from [(True, "mule", 4500), (False, "mule", 0), (True, "mule", -100), (False, "sabot", 3000)]
        for _ in range(3):
            yield rng.random() < 0.5, rng.choice(SKUS), rng.randrange(-50, 200) * 100

    def ask(answer, cached, sku, cents):
        prices = dict.fromkeys(SKUS, 5000)
        _begin(hidden, prices)
        hidden.cache.set("cart:somebody", "1")
        if cached:
            hidden.cache.set(f"price:{sku}", 5000, ex=TTL_S // 2)
        db, heard = hidden.db, False
        try:
            if is_blank(came := answer(hidden.cache, db, sku, cents)):
                return came
        except Exception:
            if cents >= 0 and sku in SKUS:  # there was nothing to refuse
                raise
            heard = True
        left = hidden.cache.ttl(f"price:{sku}")
        others = {key: hidden.cache.get(key) for key in hidden.cache.scan_iter() if key != f"price:{sku}"}
        return heard, db.closed, hidden.store.prices(), hidden.cache.get(f"price:{sku}"), left, others

    def judge(cached, sku, cents, got):
        heard, closed, prices, kept, left, others = got
        expected = dict.fromkeys(SKUS, 5000)
        refused, unknown = cents < 0, sku not in SKUS
        if not refused and not unknown:
            expected[sku] = cents
        story = f"{sku!r} for {cents} cents, {'' if cached else 'not '}in the cache before"
        if prices != expected:
            return f"{story}: afterwards the database has {prices.get(sku)}, expected {expected.get(sku)}"
        if refused and not heard:
            return f"{story}: the database refuses it, and the caller heard nothing"
        wanted = expected.get(sku) if cached or not (refused or unknown) else None
        if kept != (None if wanted is None else str(wanted)):
            return f"{story}: afterwards the cache has {kept!r}, and the database has {prices.get(sku)}"
        if wanted is not None and not refused and not TTL_S - 10 <= left <= TTL_S:
            return f"{story}: the entry lives for {left} s (-1: for ever), expected {TTL_S}"
        if closed:
            return f"{story}: it closed the connection to the database (`with db:` does), which others still need"
        return "" if others == {"cart:somebody": "1"} else f"{story}: other keys have changed: {others}"

    return Exercise("change_price", cases, judge, ask)


def price_once(shop) -> Exercise:
    """`price_once(cache, db, sku)`: as `price`, but of many who miss at once, one asks the database."""
    hidden = shop.hidden

    def cases(rng):
        yield "calm", 1, rng.randrange(100, 9000)
        yield "crowd", 2, rng.randrange(100, 9000)
        yield "crowd", 8, rng.randrange(100, 9000)
        yield "killed", 1, rng.randrange(100, 9000)

    def ask(answer, story, readers, cents):
        _begin(hidden, {"mule": cents})
        if story == "crowd":
            came, queries = hidden.crowd(answer, "mule", readers)
            blank = next((each for each in came if is_blank(each)), None)
            return (dict(came), queries) if blank is None else blank
        if story == "killed":
            if is_blank(blank := _die_while_asking(hidden, answer)):
                return blank
            hidden.age(LOCK_S)
        before, db, cache = hidden.queries(), hidden.db, _patient(hidden)
        try:
            came = [answer(cache, db, "mule") for _ in range(3)]
        finally:
            cache.close()
        if is_blank(came[0]):
            return came[0]
        return dict(Counter(came)), hidden.queries() - before

    def judge(story, readers, cents, got):
        came, queries = got
        told = {
            "calm": "one reader, three times",
            "crowd": f"{readers} readers at once",
            "killed": f"the first reader died while it asked; {LOCK_S} s later another came, three times",
        }[story]
        if set(came) != {cents}:
            return f"{told}: expected {cents} for everybody, got {sorted(map(str, came))}"
        return "" if queries == 1 else f"{told}: the database was asked {queries} times, expected once"

    return Exercise("price_once", cases, judge, ask)


def add_to_cart(shop) -> Exercise:
    """`add_to_cart(cache, cart, sku, number)`: adds to the hash `cart:<cart>`; whether a replica has it for certain."""
    hidden = shop.hidden

    def cases(rng):
        yield ([("add", "mule", 1), ("add", "mule", 2)],)
        yield ([("add", "mule", 1), ("age", CART_S - 60), ("add", "derby", 1), ("age", CART_S - 60)],)
        yield ([("add", "mule", 1), ("age", CART_S + 1)],)
        yield ([("add", "mule", 1), ("meanwhile", "mule", 3)],)
        yield ([("add", "mule", 1), ("apart", "derby", 2)],)
        yield ([("add", "mule", 1), ("cut", "derby", 2)],)
        skus = [rng.choice(SKUS) for _ in range(6)]
        yield ([("add", sku, rng.randrange(1, 4)) for sku in skus],)

    def ask(answer, steps):
        _begin(hidden, {})
        told = []
        try:
            for verb, *more in steps:
                if verb == "age":
                    hidden.age(*more)
                    continue
                if verb == "apart":
                    hidden.pair.cut()
                cache = spied(hidden.cache, _once(_disturbance(hidden, verb)))
                try:
                    said = answer(cache, "anna", *more)
                finally:
                    cache.close()
                if is_blank(said):
                    return said
                if verb in ("add", "meanwhile"):  # a replica that is well gets everything in the end
                    until(hidden.pair.level, "the replica to catch up")
                told.append((said, hidden.replica.hget("cart:anna", more[0])))
            return told, hidden.cache.hgetall("cart:anna")
        finally:
            hidden.pair.mend()

    def judge(steps, got):
        told, cart = got
        expected, amounts = cart_model(steps)
        story = _told(steps)
        for (said, copied), amount, verb in zip(told, amounts, [s[0] for s in steps if s[0] != "age"], strict=True):
            if said not in (True, False):
                return f"{story}: expected True or False, got {said!r}"
            if said and copied != str(amount):
                return f"{story}: it said True, and the replica has {copied}, not {amount}"
            if not said and verb not in ("apart", "cut"):
                return f"{story}: the replica is well, and it said False"
        return "" if cart == expected else f"{story}: the cart should be {expected}, and is {cart}"

    return Exercise("add_to_cart", cases, judge, ask)


def cart_model(steps: list[tuple]) -> tuple[dict[str, str], list[int]]:
    """The cart after the steps, as Valkey shows it, and the number of the shoe in it after each addition."""
    cart, ends, now, amounts = {}, 0, 0, []
    for verb, *more in steps:
        if verb == "age":
            now += more[0]
            if ends <= now:
                cart = {}
            continue
        sku, number = more
        # "meanwhile": another instance puts one more of the same shoe in
        cart[sku] = cart.get(sku, 0) + number + (verb == "meanwhile")
        ends = now + CART_S
        amounts.append(cart[sku])
    return {sku: str(number) for sku, number in cart.items()}, amounts


def _begin(shop, prices):
    shop.db.close()  # the last case may have left a transaction open; the next connection is a new one
    shop.cache.flushall()
    shop.store.restock(prices)


def _sell(shop, sku, cents):
    """Another program changes a price, and knows nothing of any cache."""
    shop.db.execute("UPDATE shoes SET cents = %s WHERE sku = %s", (cents, sku))


def _step(rng):
    verb = rng.choices(("read", "sell", "age"), (6, 2, 2))[0]
    if verb == "age":
        return verb, rng.randrange(20, 200)
    sku = rng.choice(SKUS)
    return (verb, sku) if verb == "read" else (verb, sku, rng.randrange(1, 200) * 100)


def _told(steps):
    """The last steps, in words."""
    words = [_WORDS[verb].format(*more) for verb, *more in steps[-6:]]
    return "; ".join(["..."] * (len(steps) > 6) + words)


_WORDS = {
    "read": "read {}",
    "sell": "the office makes {} cost {}",
    "age": "{} s pass",
    "add": "add {} x {}",
    "meanwhile": "add {} x {} while another server adds one more",
    "apart": "add {} x {} while the replica is cut off",
    "cut": "add {} x {}, and the replica is cut off after the first command",
}


def _once(do):
    """Calls `do` at the first call, and never again."""
    left = [do]
    return lambda: left.pop()() if left else None


def _disturbance(shop, verb):
    """What happens right after the first command of an addition."""

    def meanwhile():
        shop.cache.hincrby("cart:anna", _sku_of(shop), 1)

    return {"cut": shop.pair.cut, "meanwhile": meanwhile}.get(verb, lambda: None)


def _sku_of(shop):
    (sku,) = shop.cache.hkeys("cart:anna")
    return sku


def _patient(shop):
    """A client of the hidden primary that gives up on endless loops."""
    left = [IN_VAIN]

    def heard():
        left[0] -= 1
        if not left[0]:
            raise WaitsForEver(f"{IN_VAIN} commands to the cache, and still no price")

    return spied(shop.cache, heard)


def _die_while_asking(shop, answer):
    """Lets the answer's process end in its query: from then on nothing that it still tries gets through."""

    def end(*_, **__):
        raise Killed

    class Dying:
        def execute(self, *_, **__):
            cache.execute_command = cache.pipeline = end
            end()

        cursor = execute

    cache = spied(shop.cache, lambda: None)
    try:
        return answer(cache, Dying(), "mule")
    except Killed:
        return None
    finally:
        cache.close()
