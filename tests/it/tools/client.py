"""Lists and calls with the Python SDK: client.py MODE URL, or client.py MODE PROGRAM ARGUMENT..."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters


async def main(mode, program, *arguments):
    server = StdioServerParameters(command=program, args=arguments) if arguments else program
    progress = []

    async def hear(done, total, message):
        progress.append([done, total, message])

    async with Client(server, mode=mode) as client:
        tools = await client.list_tools()
        answer = await client.call_tool("test_simple_text", {})
        failure = await client.call_tool("test_error_handling", {})
        await client.call_tool("test_tool_with_progress", {}, progress_callback=hear)
        return {
            "version": client.protocol_version,
            "lists": "test_simple_text" in [tool.name for tool in tools.tools],
            "answer": answer.content[0].text,
            "fails": failure.is_error,
            "progress": progress,
        }


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
