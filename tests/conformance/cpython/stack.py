"""Exit stacks, unwound as the nested `with` statements that they stand for."""


class Stack:
    """contextlib's ExitStack, but unwound as the nested `with` statements that it stands for.

    ExitStack itself drops a link: where its body completed, an error raised by one entry does not become
    the context of an error that a later entry raises. Nested `with` statements keep it, and so does this.
    """

    def __init__(self):
        self.entries = []

    def __enter__(self):
        return self

    def __exit__(self, _type, exc, _traceback):
        return self.unwind(exc)

    def enter_context(self, manager):
        value = manager.__enter__()
        self.entries.append(manager.__exit__)
        return value

    def callback(self, function, *arguments):
        self.entries.append(lambda *_: function(*arguments) and False)

    def push(self, leave):
        self.entries.append(leave.__exit__ if isinstance(leave, Stack) else leave)

    def pop_all(self):
        popped = Stack()
        popped.entries, self.entries = self.entries, []
        return popped

    def close(self):
        self.unwind(None)

    def unwind(self, error):
        entries, self.entries = self.entries, []

        def nested(remaining):
            if not remaining:
                if error is not None:
                    raise error
                return
            with Leave(remaining[0]):
                nested(remaining[1:])

        try:
            nested(entries)
        except BaseException as exc:
            if exc is error:
                return False
            raise
        return error is not None


class Leave:
    """A manager whose enter has been done already."""

    def __init__(self, leave):
        self.leave = leave

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return self.leave(*details)


class AsyncStack(Stack):
    """The same for AsyncExitStack: an entry may be sync or async."""

    async def __aenter__(self):
        return self

    async def __aexit__(self, _type, exc, _traceback):
        return await self.aunwind(exc)

    async def enter_async_context(self, manager):
        value = await manager.__aenter__()
        self.entries.append(manager.__aexit__)
        return value

    def push_async_exit(self, stack):
        self.entries.append(stack.__aexit__)

    def pop_all(self):
        popped = AsyncStack()
        popped.entries, self.entries = self.entries, []
        return popped

    async def aclose(self):
        await self.aunwind(None)

    async def aunwind(self, error):
        entries, self.entries = self.entries, []

        async def nested(remaining):
            if not remaining:
                if error is not None:
                    raise error
                return
            async with AsyncLeave(remaining[0]):
                await nested(remaining[1:])

        try:
            await nested(entries)
        except BaseException as exc:
            if exc is error:
                return False
            raise
        return error is not None


class AsyncLeave(Leave):
    async def __aenter__(self):
        return self

    async def __aexit__(self, *details):
        answer = self.leave(*details)
        return await answer if hasattr(answer, "__await__") else answer
