"""HolmesGPT itself: what it knows of toolsets, and whether its own loader takes a file.

loader.py describe           the fields that it knows, as JSON schemas without their prose
loader.py load FILE...       what becomes of each toolset in each file, as JSON
"""

import json
import logging
import os
import re
import sys
from pathlib import Path

logging.disable(logging.CRITICAL)

import yaml
from pydantic import ValidationError, create_model

from holmes.core.tools import ToolsetStatusEnum, ToolsetYamlFromConfig, YAMLTool
from holmes.core.toolset_manager import ToolsetManager
from holmes.plugins.toolsets import load_builtin_toolsets
from holmes.plugins.toolsets.database.database import DatabaseToolset
from holmes.plugins.toolsets.http.http_toolset import HttpToolset
from holmes.plugins.toolsets.mcp.toolset_mcp import RemoteMCPToolset
from holmes.plugins.toolsets.mongodb.mongodb import MongoDBToolset
from holmes.plugins.toolsets.multi_instance import _parse_instances

# What a toolset keeps for itself while it runs, and the name, which is the key.
INTERNAL = {"name", "path", "status", "error", "meta", "experimental"}
TYPES = {
    "database": DatabaseToolset,
    "http": HttpToolset,
    "mcp": RemoteMCPToolset,
    "mongodb": MongoDBToolset,
}
BUILTINS = {it.name: it for it in load_builtin_toolsets()}


def classes(toolset):
    """The classes of a toolset's configuration; one of many instances has those of its child."""
    child = getattr(toolset, "_child_cls", None)
    return list((child or toolset).config_classes)


def bare(schema):
    """A JSON schema without words for people, and strict about fields that it does not know."""
    if isinstance(schema, list):
        return [bare(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    prose = {"title", "description", "examples", "default"}
    kept = {key: bare(value) for key, value in schema.items() if key not in prose}
    for names in ("properties", "$defs"):
        if names in schema:
            kept[names] = {key: bare(value) for key, value in schema[names].items()}
    if kept.get("type") == "object" and "properties" in kept:
        kept["additionalProperties"] = False
    return kept


def entry():
    """A toolset's own fields. What is run in a shell is listed by hand: it has no schema."""
    by_hand = {"config": dict, "prerequisites": list[dict], "tools": list[dict]}
    fields = ToolsetYamlFromConfig.model_fields
    kinds = {
        name: (by_hand.get(name, field.annotation), None)
        for name, field in fields.items()
        if name not in INTERNAL
    }
    return bare(create_model("Entry", **kinds).model_json_schema())


def describe():
    configs = {name: classes(it) for name, it in BUILTINS.items()}
    configs.update({name: list(it.config_classes) for name, it in TYPES.items()})
    return {
        "builtins": sorted(BUILTINS),
        "configs": {
            name: [bare(it.model_json_schema()) for it in found]
            for name, found in configs.items()
            if found
        },
        "subtypes": {
            name: subtypes
            for name, it in BUILTINS.items()
            if (subtypes := sorted(it._subtype for it in classes(it) if getattr(it, "_subtype", None)))
        },
        "several": sorted(name for name, it in BUILTINS.items() if hasattr(it, "_child_cls")),
        "entry": entry(),
        "tool": bare(YAMLTool.model_json_schema()),
    }


def environment(text):
    """Names that a file asks for are there, as they are where an operator has configured them."""
    for name in re.findall(r"{{\s*env\.(\w+)\s*}}", text):
        os.environ[name] = "a-secret"


def unread(raw, model, place):
    """Fields that the loader takes and nobody reads."""
    if not isinstance(raw, dict):
        return []
    fields = type(model).model_fields
    problems = [f"{place}: nobody reads `{key}`" for key in raw if key not in fields]
    for name in fields.keys() & raw.keys():
        written, read = raw[name], getattr(model, name)
        pairs = zip(written, read) if isinstance(read, list) else [(written, read)]
        for one, it in pairs:
            if hasattr(type(it), "model_fields"):
                problems += unread(one, it, f"{place}.{name}")
    return problems


def checked(toolset, raw):
    """The toolset's configuration by the classes that check it before anything is asked over the network."""
    known = BUILTINS.get(toolset.name)
    found = classes(known) if known else list(getattr(toolset, "config_classes", []))
    config = toolset.config
    if not found or not config or not toolset.enabled:
        return []
    config = config if isinstance(config, dict) else config.model_dump(exclude_unset=True)
    try:
        many = hasattr(known, "_child_cls")
        instances = _parse_instances(config) if many else [("default", config)]
    except ValueError as error:
        return [str(error)]
    problems = []
    for name, flat in instances:
        told = []
        for model in found:
            if (subtype := raw.get("subtype")) and getattr(model, "_subtype", None) != subtype:
                continue
            try:
                said = unread(flat, model(**flat), name)
            except ValidationError as error:
                said = [f"{name}: {it['loc']}: {it['msg']}" for it in error.errors()]
            except ValueError as error:
                said = [f"{name}: {error}"]
            told.append(said)
        if all(told):
            problems += told[0] if told else [f"{name}: no class has subtype {raw.get('subtype')}"]
    return problems


def load(path):
    text = Path(path).read_text()
    environment(text)
    plain = yaml.safe_load(text)
    # As the seed's client reads it.
    tools = plain.get("tools", [])
    report = {"tools": [it["name"] for it in tools]}
    for it in tools:
        metadata = it.pop("metadata", {})
        if not all(isinstance(text, str) for text in [*it.values(), *metadata.values()]):
            return {**report, "refused": f"not all texts: {it} {metadata}"}
    manager = ToolsetManager(toolset_status_location="/nonexistent")
    try:
        loaded = manager._load_toolsets_from_paths([path], list(BUILTINS))
    except Exception as error:
        return {**report, "refused": f"{type(error).__name__}: {error}"}
    raw = {**(plain.get("toolsets") or {}), **(plain.get("mcp_servers") or {})}
    toolsets = {}
    for it in loaded:
        if it.status == ToolsetStatusEnum.FAILED or it.error:
            toolsets[it.name] = f"failed: {it.error}"
        elif problems := checked(it, raw[it.name]):
            toolsets[it.name] = f"failed: {'; '.join(problems)}"
        else:
            toolsets[it.name] = "enabled" if it.enabled else "disabled"
    lost = {name: "failed: lost" for name in raw if name not in toolsets}
    return {**report, "toolsets": {**toolsets, **lost}}


if __name__ == "__main__":
    if sys.argv[1] == "describe":
        answer = describe()
    else:
        answer = {Path(it).stem: load(it) for it in sys.argv[2:]}
    json.dump(answer, sys.stdout, indent=1, sort_keys=True)
    print()
