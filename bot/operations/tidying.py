"""What keeps the store quick over the years."""

from bot.ports import Resources

_DAY = 24 * 3600.0


async def merge_search(resources: Resources) -> None:
    """Put the trail's search index together, once a day, in steps between which everybody else can write.

    Raises:
        StoreUnavailable: it could not be written to. The index is as good as before.
    """
    store = resources.store
    if await store.take_lease("merging the search index", resources.ids.new(), _DAY):
        is_left = await store.merge_search(anew=True)
        while is_left:
            is_left = await store.merge_search(anew=False)
