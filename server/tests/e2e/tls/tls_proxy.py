"""Terminates TLS in front of a server, as a reverse proxy does: tls_proxy.py CERT KEY HOST PORT"""

import asyncio
import ssl
import sys

cert, key, host, port = sys.argv[1:]


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    writer.close()


async def serve(reader, writer):
    there = await asyncio.open_connection(host, int(port))
    await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
