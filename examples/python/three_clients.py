"""Three users join a room one after the other, post, and leave: a Tornado client for Parlor.

    python three_clients.py ws://127.0.0.1:3000/ws swift-dev
"""

import asyncio
import json
import sys

from tornado.websocket import websocket_connect


class User:
    """A user in a room, with one connection."""

    def __init__(self, socket, name, room):
        self.socket, self.name, self.room, self.sent = socket, name, room, 0
        self.frames = []

    @classmethod
    async def connect(cls, url, name, room):
        user = cls(await websocket_connect(url), name, room)
        user.send(type="login", nickname=name, room=room)
        await user.until(lambda frame: frame["type"] == "joined")
        return user

    def send(self, **frame):
        self.socket.write_message(json.dumps(frame))

    async def next(self):
        """Returns the next frame. One WebSocket message may hold several frames, one per line."""
        while not self.frames:
            text = await self.socket.read_message()
            if text is None:
                raise ConnectionError(f"{self.name}: {self.socket.close_reason}")
            self.frames = [json.loads(line) for line in text.split("\n")]
        frame = self.frames.pop(0)
        if frame["type"] == "error":
            raise RuntimeError(frame["message"])
        return frame

    async def until(self, matches):
        while not matches(frame := await self.next()):
            pass
        return frame

    async def post(self, text):
        """Posts a message and waits for its echo, which confirms that the message is stored."""
        self.sent += 1
        id = f"{self.name}-{self.sent}"
        self.send(type="room", to=self.room, id=id, text=text)
        return await self.until(lambda it: it["type"] == "message" and it["id"] == id)

    async def receive(self, text):
        return await self.until(lambda it: it["type"] == "message" and it["text"] == text)

    def close(self):
        self.socket.close(1000)


async def main(url, room):
    toto, tata, titi = [await User.connect(url, name, room) for name in ("Toto", "Tata", "Titi")]
    for author in (toto, tata, titi):
        text = f"{author.name} says hello"
        message = await author.post(text)
        for receiver in (toto, tata, titi):
            if receiver is not author:
                await receiver.receive(text)
        print(f"{message['seq']} {message['from']}: {message['text']}")
    for user in (toto, tata, titi):
        user.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
