/// The description of the push API, OpenAPI 3.1, as `GET /openapi.json` answers it.
enum OpenAPIDocument {
  static let json = #"""
    {
      "openapi": "3.1.0",
      "info": {
        "title": "Martlet control plane: push API",
        "version": "1",
        "description": "Declares the mesh. Every refusal is application/problem+json. Answers are JSON, or YAML where Accept says so. HEAD is answered wherever GET is. Without a token only calls whose Host names this machine are answered."
      },
      "security": [{}, {"bearer": []}],
      "paths": {
        "/healthz": {
          "get": {
            "operationId": "health",
            "summary": "Answers once the store is open",
            "security": [],
            "responses": {"200": {"description": "Well", "content": {"text/plain": {"schema": {"type": "string"}}}}}
          }
        },
        "/openapi.json": {
          "get": {
            "operationId": "describe",
            "summary": "This document",
            "responses": {"200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}}
          }
        },
        "/v1/status": {
          "get": {
            "operationId": "status",
            "summary": "The revision, and how far each proxy is with each type of resource",
            "responses": {
              "200": {
                "description": "Status",
                "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/Status"}},
                  "application/yaml": {"schema": {"type": "string"}}
                }
              },
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v1/apply": {
          "post": {
            "operationId": "apply",
            "summary": "Stores every document of the body in one transaction, or none",
            "parameters": [
              {"$ref": "#/components/parameters/DryRun"},
              {"$ref": "#/components/parameters/IfMatch"}
            ],
            "requestBody": {"$ref": "#/components/requestBodies/Manifests"},
            "responses": {"200": {"$ref": "#/components/responses/Changed"}, "default": {"$ref": "#/components/responses/Problem"}}
          }
        },
        "/v1/delete": {
          "post": {
            "operationId": "deleteAll",
            "summary": "Removes every object that a document of the body names in one transaction, or none",
            "description": "Of each document only apiVersion, kind and metadata matter. An object that is not there is reported as absent.",
            "parameters": [
              {"$ref": "#/components/parameters/DryRun"},
              {"$ref": "#/components/parameters/IfMatch"}
            ],
            "requestBody": {"$ref": "#/components/requestBodies/Manifests"},
            "responses": {"200": {"$ref": "#/components/responses/Changed"}, "default": {"$ref": "#/components/responses/Problem"}}
          }
        },
        "/v1/{kind}": {
          "parameters": [{"$ref": "#/components/parameters/Kind"}],
          "get": {
            "operationId": "list",
            "summary": "Objects of a kind in every namespace",
            "responses": {"200": {"$ref": "#/components/responses/List"}, "default": {"$ref": "#/components/responses/Problem"}}
          }
        },
        "/v1/{kind}/{namespace}": {
          "parameters": [{"$ref": "#/components/parameters/Kind"}, {"$ref": "#/components/parameters/Namespace"}],
          "get": {
            "operationId": "listNamespace",
            "summary": "Objects of a kind in one namespace",
            "responses": {"200": {"$ref": "#/components/responses/List"}, "default": {"$ref": "#/components/responses/Problem"}}
          }
        },
        "/v1/{kind}/{namespace}/{name}": {
          "parameters": [
            {"$ref": "#/components/parameters/Kind"},
            {"$ref": "#/components/parameters/Namespace"},
            {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
          ],
          "get": {
            "operationId": "get",
            "summary": "One object as it was pushed, with its revision",
            "responses": {
              "200": {
                "description": "The manifest",
                "headers": {"ETag": {"$ref": "#/components/headers/Revision"}},
                "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/Manifest"}},
                  "application/yaml": {"schema": {"type": "string"}}
                }
              },
              "default": {"$ref": "#/components/responses/Problem"}
            }
          },
          "delete": {
            "operationId": "delete",
            "summary": "Removes an object that no other needs",
            "parameters": [{"$ref": "#/components/parameters/IfMatch"}],
            "responses": {
              "200": {
                "description": "Removed",
                "headers": {"ETag": {"$ref": "#/components/headers/Revision"}},
                "content": {
                  "application/json": {"schema": {"type": "object", "required": ["revision"], "properties": {"revision": {"$ref": "#/components/schemas/Revision"}}}},
                  "application/yaml": {"schema": {"type": "string"}}
                }
              },
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        }
      },
      "components": {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        "headers": {"Revision": {"description": "The revision, in quotes", "schema": {"type": "string"}}},
        "parameters": {
          "Kind": {"name": "kind", "in": "path", "required": true, "schema": {"type": "string", "enum": ["services", "endpointslices", "trafficsplits", "xdsresources"]}},
          "Namespace": {"name": "namespace", "in": "path", "required": true, "schema": {"type": "string"}},
          "DryRun": {"name": "dryRun", "in": "query", "description": "Checks everything and changes nothing", "schema": {"type": "boolean", "default": false}},
          "IfMatch": {"name": "If-Match", "in": "header", "description": "Refuses the change when the revision has moved on", "schema": {"type": "string"}}
        },
        "requestBodies": {
          "Manifests": {
            "required": true,
            "content": {
              "application/yaml": {"schema": {"type": "string", "description": "One or more documents separated by ---"}},
              "application/json": {"schema": {"$ref": "#/components/schemas/Manifest"}}
            }
          }
        },
        "responses": {
          "Changed": {
            "description": "Done, or already so",
            "headers": {"ETag": {"$ref": "#/components/headers/Revision"}},
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Changes"}},
              "application/yaml": {"schema": {"type": "string"}}
            }
          },
          "List": {
            "description": "A List, which apply takes again",
            "headers": {"ETag": {"$ref": "#/components/headers/Revision"}},
            "content": {
              "application/json": {"schema": {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Manifest"}}}}},
              "application/yaml": {"schema": {"type": "string"}}
            }
          },
          "Problem": {
            "description": "Refused; nothing was changed",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          }
        },
        "schemas": {
          "Revision": {"type": "integer", "format": "int64", "minimum": 0},
          "Manifest": {
            "type": "object",
            "required": ["apiVersion", "kind"],
            "properties": {
              "apiVersion": {"type": "string", "examples": ["v1", "discovery.k8s.io/v1", "split.smi-spec.io/v1alpha4", "martlet.dev/v1"]},
              "kind": {"type": "string", "enum": ["Service", "EndpointSlice", "TrafficSplit", "XDSResource", "List"]},
              "metadata": {"type": "object"},
              "spec": {"type": "object"}
            }
          },
          "Changes": {
            "type": "object",
            "required": ["revision", "objects"],
            "properties": {
              "revision": {"$ref": "#/components/schemas/Revision"},
              "objects": {
                "type": "array",
                "items": {
                  "type": "object",
                  "required": ["kind", "namespace", "name", "change", "ignored"],
                  "properties": {
                    "kind": {"type": "string"},
                    "namespace": {"type": "string"},
                    "name": {"type": "string"},
                    "change": {"type": "string", "enum": ["created", "configured", "unchanged", "deleted", "absent"]},
                    "ignored": {"type": "array", "items": {"type": "string"}, "description": "Paths of fields that have no effect"}
                  }
                }
              }
            }
          },
          "Status": {
            "type": "object",
            "required": ["revision", "database", "objects", "proxies", "refused"],
            "properties": {
              "revision": {"$ref": "#/components/schemas/Revision"},
              "database": {"type": "string"},
              "objects": {"type": "object", "additionalProperties": {"type": "integer"}},
              "proxies": {"type": "array", "items": {"$ref": "#/components/schemas/Proxy"}},
              "refused": {"type": "array", "items": {"$ref": "#/components/schemas/RefusedProxy"}, "description": "Proxies that asked and were not served"}
            }
          },
          "Proxy": {
            "type": "object",
            "required": ["node", "cluster", "role", "connectedSince", "peer", "warnings", "types"],
            "properties": {
              "node": {"type": "string"},
              "cluster": {"type": "string"},
              "role": {"type": "string", "enum": ["sidecar", "ingress"]},
              "connectedSince": {"type": "string", "format": "date-time"},
              "peer": {"type": "string"},
              "warnings": {"type": "array", "items": {"type": "string"}, "description": "What an operator may want to mend"},
              "types": {"type": "array", "items": {"$ref": "#/components/schemas/ProxyType"}}
            }
          },
          "RefusedProxy": {
            "type": "object",
            "required": ["node", "peer", "cause", "at"],
            "properties": {
              "node": {"type": "string"},
              "peer": {"type": "string"},
              "cause": {"type": "string"},
              "at": {"type": "string", "format": "date-time"}
            }
          },
          "ProxyType": {
            "type": "object",
            "required": ["type", "typeURL", "resources", "pushes"],
            "properties": {
              "type": {"type": "string", "enum": ["CDS", "EDS", "LDS", "RDS"]},
              "typeURL": {"type": "string"},
              "subscribed": {"type": "array", "items": {"type": "string"}, "description": "Absent for a wildcard"},
              "resources": {"type": "integer"},
              "pushes": {"type": "integer"},
              "versionSent": {"type": "string"},
              "versionAcknowledged": {"type": "string"},
              "nack": {"type": "string", "description": "Why the proxy refused what it is to have"},
              "revision": {"$ref": "#/components/schemas/Revision"},
              "millisecondsToAck": {"type": "number"}
            }
          },
          "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
              "type": {"type": "string"},
              "title": {"type": "string"},
              "status": {"type": "integer"},
              "detail": {"type": "string"},
              "found": {"type": "string"},
              "accepted": {"type": "array", "items": {"type": "string"}},
              "faults": {
                "type": "array",
                "items": {
                  "type": "object",
                  "required": ["path", "message", "accepted"],
                  "properties": {
                    "document": {"type": "integer", "minimum": 1, "description": "Position in the push, from one"},
                    "object": {"type": "string"},
                    "path": {"type": "string"},
                    "line": {"type": "integer", "minimum": 1},
                    "message": {"type": "string"},
                    "found": {"type": "string"},
                    "accepted": {"type": "array", "items": {"type": "string"}}
                  }
                }
              }
            }
          }
        }
      }
    }
    """#
}
