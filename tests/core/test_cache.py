from django.core.cache import caches


def test_the_local_cache_gives_back_the_object_itself() -> None:
    cache, kept = caches["local"], {"a": [1]}
    cache.set("one", kept, 60)
    assert cache.get("one") is kept
    assert cache.get_many(["one", "two"]) == {"one": kept}
    cache.delete("one")
    assert cache.get("one") is None


def test_the_local_cache_forgets_in_time_and_counts() -> None:
    cache = caches["local"]
    cache.set("gone", 1, -1)
    assert cache.get("gone", "nothing") == "nothing"
    assert cache.add("count", 1)
    assert not cache.add("count", 5)
    assert cache.incr("count") == 2
    assert cache.get("count") == 2


def test_the_local_cache_drops_the_oldest_when_it_is_full() -> None:
    cache = caches["local"]
    cache.clear()
    for number in range(2_001):
        cache.set(str(number), number, 60)
    assert cache.get("0") is None
    assert cache.get("2000") == 2_000
    cache.clear()
