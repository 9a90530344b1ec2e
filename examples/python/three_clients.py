"""Three people come in one after the other, talk, and leave: a Tornado client for Parlor.

    python three_clients.py ws://127.0.0.1:3000/ws swift-dev
"""

import asyncio
import json
import sys

from tornado.websocket import websocket_connect


class User:
    """Somebody in a room."""

    def __init__(self, socket, name, room):
        self.socket, self.name, self.room, self.said = socket, name, room, 0
        self.waiting = []

    @classmethod
    async def connect(cls, url, name, room):
        user = cls(await websocket_connect(url), name, room)
        user.send(type="login", nickname=name, room=room)
        await user.until(lambda frame: frame["type"] == "joined")
        return user

    def send(self, **frame):
        self.socket.write_message(json.dumps(frame))

    async def next(self):
        """The next frame; one message of the socket may hold several, a line each."""
        while not self.waiting:
            text = await self.socket.read_message()
            if text is None:
                raise ConnectionError(f"{self.name}: {self.socket.close_reason}")
            self.waiting = [json.loads(line) for line in text.split("\n")]
        frame = self.waiting.pop(0)
        if frame["type"] == "error":
            raise RuntimeError(frame["message"])
        return frame

    async def until(self, is_it):
        while not is_it(frame := await self.next()):
            pass
        return frame

    async def talk(self, text):
        """Says something, and waits until it is stored: then it comes back under its id."""
        self.said += 1
        id = f"{self.name}-{self.said}"
        self.send(type="room", to=self.room, id=id, text=text)
        return await self.until(lambda it: it["type"] == "message" and it["id"] == id)

    async def hear(self, text):
        return await self.until(lambda it: it["type"] == "message" and it["text"] == text)

    def quit(self):
        self.socket.close(1000)


async def main(url, room):
    toto, tata, titi = [await User.connect(url, name, room) for name in ("Toto", "Tata", "Titi")]
    for speaker in (toto, tata, titi):
        text = f"{speaker.name} says hello"
        message = await speaker.talk(text)
        for listener in (toto, tata, titi):
            if listener is not speaker:
                await listener.hear(text)
        print(f"{message['seq']} {message['from']}: {message['text']}")
    for user in (toto, tata, titi):
        user.quit()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
