"""Calls one tool with the Python SDK and answers what a person is asked.

confirm.py MODE REPLY TOOL ARGUMENTS URL, or with a program and its arguments in the place of the URL. REPLY is yes, no, or none for
a client that cannot ask anybody.
"""

import asyncio
import json
import sys

from mcp import Client, MCPError, StdioServerParameters
from mcp.types import ElicitResult


async def main(mode, reply, tool, arguments, program, *rest):
    server = StdioServerParameters(command=program, args=rest) if rest else program
    asked = []

    async def answer(context, params):
        asked.append(params.message)
        if reply == "yes":
            return ElicitResult(action="accept", content={"confirm": True})
        return ElicitResult(action="decline")

    callback = None if reply == "none" else answer
    async with Client(server, mode=mode, elicitation_callback=callback) as client:
        try:
            result = await client.call_tool(tool, json.loads(arguments))
            said, failed = result.content[0].text, bool(result.is_error)
        except MCPError as error:
            said, failed = error.message, True
        version = client.protocol_version
    return {"version": version, "asked": asked, "said": said, "failed": failed}


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
