# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swagger 2.0 documents as they are found in the world, with what their tools and makers put in."""

from __future__ import annotations

from tests.unit.resources.swagger import Json, parameter


def shop() -> Json:
    """A sample API with everything in it that the specification describes: forms, files, several kinds of security."""
    item = {"$ref": "#/definitions/Item"}
    return {
        "swagger": "2.0",
        "info": {
            "title": "Shop",
            "version": "1.0.7",
            "description": "A shop",
            "termsOfService": "https://shop.example/terms",
            "contact": {"email": "api@shop.example"},
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"},
        },
        "host": "shop.example",
        "basePath": "/v2",
        "tags": [{"name": "item", "description": "Items", "externalDocs": {"url": "https://shop.example"}}],
        "schemes": ["https", "http"],
        "consumes": ["application/json"],
        "produces": ["application/json", "application/xml"],
        "externalDocs": {"description": "More", "url": "https://shop.example/docs"},
        "paths": {
            "/item": {
                "post": {
                    "tags": ["item"],
                    "summary": "Add an item",
                    "operationId": "addItem",
                    "parameters": [{"in": "body", "name": "body", "required": True, "schema": item}],
                    "responses": {"405": {"description": "Invalid input"}},
                    "security": [{"shop_auth": ["write:items", "read:items"]}],
                }
            },
            "/item/findByStatus": {
                "get": {
                    "operationId": "findItems",
                    "parameters": [
                        {
                            "name": "status",
                            "in": "query",
                            "required": True,
                            "type": "array",
                            "items": {"type": "string", "enum": ["new", "sold"], "default": "new"},
                            "collectionFormat": "multi",
                        },
                        {
                            "name": "areas",
                            "in": "query",
                            "type": "array",
                            "items": {"type": "array", "items": {"type": "number"}},
                        },
                    ],
                    "responses": {
                        "200": {
                            "description": "",
                            "schema": {"type": "array", "items": item},
                            "headers": {"X-Rate-Limit": {"type": "integer", "format": "int32"}},
                            "examples": {"application/json": [{"$ref": "#/nowhere"}]},
                        },
                        "400": {"description": "Invalid status"},
                    },
                    "deprecated": True,
                    "security": [{"api_key": []}, {"basic": []}, {}],
                }
            },
            "/item/{itemId}": {
                "parameters": [
                    {"name": "itemId", "in": "path", "required": True, "type": "integer", "format": "int64"}
                ],
                "get": {
                    "operationId": "getItem",
                    "responses": {
                        "200": {"description": "ok", "schema": item},
                        "404": {"$ref": "#/responses/NotFound"},
                    },
                },
                "post": {
                    "operationId": "updateItemWithForm",
                    "consumes": ["application/x-www-form-urlencoded"],
                    "parameters": [
                        {"name": "name", "in": "formData", "type": "string"},
                        {"name": "sold", "in": "formData", "type": "boolean"},
                    ],
                    "responses": {"default": {"description": "done"}},
                },
                "delete": {
                    "operationId": "deleteItem",
                    "parameters": [{"name": "api_key", "in": "header", "required": False, "type": "string"}],
                    "responses": {"default": {"description": "done"}},
                    "security": [],
                },
            },
            "/item/{itemId}/uploadImage": {
                "post": {
                    "operationId": "uploadFile",
                    "consumes": ["multipart/form-data"],
                    "parameters": [
                        {"name": "itemId", "in": "path", "required": True, "type": "integer"},
                        {"name": "note", "in": "formData", "type": "string"},
                        {"name": "file", "in": "formData", "type": "file"},
                    ],
                    "responses": {"200": {"description": "the image", "schema": {"type": "file"}}},
                }
            },
        },
        "securityDefinitions": {
            "shop_auth": {
                "type": "oauth2",
                "authorizationUrl": "https://shop.example/authorize",
                "flow": "implicit",
                "scopes": {"write:items": "modify", "read:items": "read"},
            },
            "api_key": {"type": "apiKey", "name": "api_key", "in": "header"},
            "basic": {"type": "basic"},
        },
        "security": [{"api_key": []}],
        "responses": {"NotFound": {"description": "There is none"}},
        "definitions": {
            "Item": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "id": {"type": "integer", "format": "int64"},
                    "name": {"type": "string", "example": "chair"},
                    "part": item,
                    "type": {"type": "string"},
                    "default": {"type": "string"},
                    "tags": {"type": "array", "xml": {"wrapped": True}, "items": {"$ref": "#/definitions/Tag"}},
                },
            },
            "Tag": {"allOf": [{"type": "object"}, {"properties": {"name": {"type": "string"}}}]},
        },
    }


def cloud() -> Json:
    """As the APIs that manage clouds are described: shared parameters, long paths, pointers in percent-encoding."""
    scope = "/subscriptions/{subscriptionId}/resourceGroups/{group}/providers/Contoso.Compute"
    shared = [{"$ref": f"#/parameters/{name}"} for name in ("SubscriptionId", "Group", "ApiVersion")]
    size = parameter("size", **{"x-ms-parameter-location": "method", "maxLength": 64, "pattern": "^[a-z]+$"})
    wrong = {"description": "An error", "schema": {"$ref": "#/definitions/CloudError"}}
    pointer = f"#/paths/{scope.replace('/', '~1')}~1sizes~1%7Bsize%7D/get/responses/200/schema"
    return {
        "swagger": "2.0",
        "info": {
            "title": "ComputeClient",
            "version": "2024-03-01",
            "x-ms-code-generation-settings": {"name": "Compute", "$ref": "#/nowhere"},
        },
        "host": "management.contoso.example",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "security": [{"azure_auth": ["user_impersonation"]}],
        "securityDefinitions": {
            "azure_auth": {
                "type": "oauth2",
                "authorizationUrl": "https://login.contoso.example/common/oauth2/authorize",
                "flow": "implicit",
                "scopes": {"user_impersonation": "act for the user"},
                "x-ms-note": None,
            }
        },
        "x-ms-paths": {"/anything?op={op}": {"get": {}}},
        "paths": {
            f"{scope}/sizes": {
                "get": {
                    "tags": ["Sizes"],
                    "operationId": "Sizes_List",
                    "x-ms-examples": {"List": {"$ref": "./examples/Sizes_List.json"}},
                    "parameters": [*shared, parameter("$filter", "query", required=False)],
                    "responses": {
                        "200": {
                            "description": "OK",
                            "schema": {"$ref": "#/definitions/Page%5BSize%5D"},
                            "x-ms-error-response": False,
                        },
                        "default": wrong,
                    },
                    "x-ms-pageable": {"nextLinkName": "nextLink"},
                    "x-ms-odata": "#/definitions/Size",
                }
            },
            f"{scope}/sizes/{{size}}": {
                "get": {
                    "operationId": "Sizes_Get",
                    "parameters": [size, *shared],
                    "responses": {
                        "200": {"description": "OK", "schema": {"$ref": "#/definitions/Size"}},
                        "default": wrong,
                    },
                },
                "put": {
                    "operationId": "Sizes_CreateOrUpdate",
                    "x-ms-long-running-operation": True,
                    "parameters": [
                        {"name": "parameters", "in": "body", "required": True, "schema": {"$ref": pointer}},
                        *shared,
                        {"$ref": f"{pointer.removesuffix('/responses/200/schema')}/parameters/0"},
                    ],
                    "responses": {
                        "200": {"description": "OK", "schema": {"$ref": pointer}},
                        "201": {"description": "Created", "schema": {"$ref": "#/definitions/Size"}},
                        "default": wrong,
                    },
                },
            },
        },
        "definitions": {
            "Size": {
                "x-ms-azure-resource": True,
                "allOf": [{"$ref": "#/definitions/Resource"}],
                "properties": {
                    "properties": {"x-ms-client-flatten": True, "$ref": "#/definitions/SizeProperties"},
                    "x-count": {"type": "integer"},
                },
            },
            "Resource": {
                "properties": {"id": {"type": "string", "readOnly": True}, "tags": {"additionalProperties": {}}},
                "discriminator": "kind",
            },
            "SizeProperties": {
                "properties": {
                    "kind": {"type": "string", "enum": ["A"], "x-ms-enum": {"name": "Kind", "modelAsString": True}},
                    "part": {"$ref": "#/definitions/SizeProperties"},
                }
            },
            "Page[Size]": {"properties": {"value": {"type": "array", "items": {"$ref": "#/definitions/Size"}}}},
            "CloudError": {"properties": {"error": {"type": "object"}}, "x-ms-external": True},
        },
        "parameters": {
            "SubscriptionId": parameter("subscriptionId", **{"x-ms-parameter-location": "client"}),
            "Group": parameter("group", **{"x-ms-skip-url-encoding": True}),
            "ApiVersion": parameter("api-version", "query", required=True, minLength=1),
        },
    }


def connector() -> Json:
    """As the makers of connectors write them, with what their designer adds: triggers, summaries, dynamic values."""
    told = {"x-ms-summary": "Ticket", "x-ms-visibility": "important"}
    dynamic = {"operationId": "ListQueues", "value-path": "id", "value-title": "name", "parameters": {"area": "a"}}
    ticket = {"$ref": "#/definitions/Ticket"}
    return {
        "swagger": "2.0",
        "info": {"title": "Tickets", "description": "", "version": "1.0", "contact": {}, "x-ms-api-annotation": {}},
        "host": "api_v2.tickets.example",
        "basePath": "",
        "schemes": ["https"],
        "consumes": [],
        "produces": [],
        "paths": {
            "x-ms-note": {"$ref": "#/nowhere"},
            "/hooks": {
                "x-ms-notification-content": {"description": "A ticket", "schema": ticket},
                "post": {
                    "operationId": "NewTicket",
                    "summary": "When a ticket is made",
                    "x-ms-trigger": "single",
                    "x-ms-trigger-hint": "Make a ticket",
                    "parameters": [
                        {
                            "name": "body",
                            "in": "body",
                            "required": False,
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "url": {
                                        "type": "string",
                                        "x-ms-notification-url": True,
                                        "x-ms-visibility": "internal",
                                    }
                                },
                            },
                        }
                    ],
                    "responses": {"201": {"description": "Created"}, "default": {"description": "default"}},
                },
            },
            "/hooks/{hook}": {
                "delete": {
                    "operationId": "DeleteTrigger",
                    "parameters": [parameter("hook", **{"x-ms-url-encoding": "double"})],
                    "x-ms-visibility": "internal",
                    "responses": {"default": {"description": "default", "schema": {}}, "x-ms-note": {"$ref": "#/no"}},
                }
            },
            "/tickets": {
                "get": {
                    "operationId": "PollTickets",
                    "x-ms-trigger": "batch",
                    "x-ms-trigger-metadata": {"mode": "polling", "kind": "query"},
                    "parameters": [
                        parameter("queue", "query", **told, **{"x-ms-dynamic-values": dynamic}),
                        parameter("Accept", "header", default="application/json", **{"x-ms-visibility": "internal"}),
                        parameter("take", "query", type="integer", format="int32", default=5),
                    ],
                    "responses": {
                        "200": {
                            "description": "",
                            "schema": {"type": "array", "items": ticket},
                            "x-ms-summary": "Tickets",
                        }
                    },
                },
                "post": {
                    "operationId": "PostTicket",
                    "x-ms-openai-data": {"openai-enabled": True},
                    "parameters": [
                        {"name": "body", "in": "body", "schema": {**ticket, "x-ms-dynamic-schema": dynamic}, **told}
                    ],
                    "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Ticket"}}},
                    "security": [],
                },
                "x-ms-note": None,
            },
            "/queues": {
                "get": {
                    "operationId": "ListQueues",
                    "responses": {"200": {"description": "ok", "schema": {"type": "array"}}},
                }
            },
            "/QUEUES": {"get": {"operationId": "listqueues", "responses": {"200": {"description": "ok"}}}},
        },
        "definitions": {
            "Ticket": {
                "type": "object",
                "properties": {
                    "password": {"type": "string", "example": "", **told},
                    "value": {"$ref": "#/definitions/Value"},
                },
                "x-ms-dynamic-properties": None,
            },
            "Value": {},
            "x-note": "no schema",
        },
        "parameters": {},
        "responses": {},
        "securityDefinitions": {
            "oauth2-auth": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": "https://tickets.example/authorize",
                "tokenUrl": "https://tickets.example/token",
                "scopes": {},
            }
        },
        "security": [{"oauth2-auth": []}],
        "tags": [],
        "x-ms-connector-metadata": [{"propertyName": "Categories", "propertyValue": "IT"}],
    }
