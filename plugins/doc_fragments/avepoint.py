# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of logging in to AvePoint; `module_utils/_options_avepoint.py` holds the same as an argument spec."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._documentation import (
    as_options,
    options_of,
    with_variables,
)

_LOOKUPS = """notes:
  - AvePoint has logins of its own. Options are taken from the call, then from variables, then from environment
    variables. The names of variables are the name of the option after C(ansible_avepoint_), or after
    C(ansible_power_platform_) for how to connect (C(base_url), C(ca_path), C(proxy), C(pace) and their like).
  - A lookup runs where Ansible runs, whatever the host of the task. Paths and environment variables are those of that
    machine; the keyword C(environment) and C(module_defaults) of a play or task do not reach it.
"""


class ModuleDocFragment:
    """`powerops.powerplatform.avepoint`, together with `powerops.powerplatform.auth.connection`.

    `.plugin` is the same for lookups, together with `powerops.powerplatform.auth.plugin_connection`. `.inventory` is
    for a plugin that can log in to Microsoft as well.
    """

    DOCUMENTATION = r"""
options:
  client_id:
    description:
      - Client id of an app registration in AvePoint Online Services (Administration, App registrations) with the
        service EnPower and its permission C(enpower.data.read.all). It is none of Microsoft Entra.
      - The environment variable is E(AVEPOINT_CLIENT_ID).
    type: str
  client_secret:
    description:
      - Secret of that app registration. Either this, O(client_certificate) or O(client_certificate_file_path) is
        needed. A credential in the task leaves those in the environment aside; two in one place are an error.
      - The environment variable is E(AVEPOINT_CLIENT_SECRET).
    type: str
  client_certificate:
    description:
      - Certificate of that app registration together with its private RSA key, as text. Either PEM with both in it, or
        the base64 form of a PFX (PKCS#12) bundle. AvePoint recommends certificates over secrets.
      - The environment variable is E(AVEPOINT_CLIENT_CERTIFICATE).
    type: str
  client_certificate_file_path:
    description:
      - File with the same content as O(client_certificate), PEM or binary PFX, on the machine where the module runs.
      - The environment variable is E(AVEPOINT_CLIENT_CERTIFICATE_FILE_PATH).
    type: path
  client_certificate_password:
    description:
      - Password of the private key or of the PFX bundle, where it has one.
      - The environment variable is E(AVEPOINT_CLIENT_CERTIFICATE_PASSWORD).
    type: str
  data_center:
    description:
      - The data centre of your organisation in AvePoint Online Services, as its profile there says. Needed, unless
        O(endpoints) names both hosts.
      - It is the middle of the host that is asked, as in C(graph-we.avepointonlineservices.com). With V(fedramp) that
        is C(graphusgovapi.online15.net).
      - V(au) is Australia, V(sg) Singapore, V(ca) Canada Central, V(ne) Ireland (North Europe), V(we) the Netherlands
        (West Europe), V(fr) France Central, V(de) Germany West Central, V(jp) Japan West, V(kr) Korea Central, V(ch)
        Switzerland North, V(uk) UK South, V(us) US East, V(uae) the United Arab Emirates, V(za) South Africa North,
        V(qa) Qatar Central, V(gov) the US government, V(aos2) AOS2, V(fedramp) FedRAMP (Project Hosts).
      - V(gcp-au), V(gcp-jp), V(gcp-us), V(gcp-we) and V(gcp-kr) are data centres on Google Cloud. AvePoint does not
        list EnPower among the services there, so expect a refusal.
      - It also says which host issues the tokens, since the US government, AOS2 and FedRAMP have their own.
      - The environment variable is E(AVEPOINT_DATA_CENTER).
    type: str
    choices:
      - au
      - sg
      - ca
      - ne
      - we
      - fr
      - de
      - jp
      - kr
      - ch
      - uk
      - us
      - uae
      - za
      - qa
      - gov
      - aos2
      - fedramp
      - gcp-au
      - gcp-jp
      - gcp-us
      - gcp-we
      - gcp-kr
  endpoints:
    description:
      - Base URLs that replace those of O(data_center), one by one. They must be https, and may have a path.
    type: dict
    suboptions:
      authority:
        description: The service that issues tokens, without C(/connect/token).
        type: str
      avepoint:
        description: The AvePoint Graph API.
        type: str
requirements:
  - python >= 3.11
  - requests >= 2.31
  - msal >= 1.38 (only with a certificate, for the libraries that it brings)
notes:
  - AvePoint has logins of its own. This module takes no options and no environment variables that log in to Microsoft,
    and is not in the action group C(powerops.powerplatform.all), so that C(module_defaults) for that group, with
    Microsoft's credentials in them, do not reach it. Set defaults for the module itself, or the environment variables.
"""

    # Annotated, because ansible-test takes every plain assignment here for a text as it stands.
    INVENTORY: str = as_options(options_of(DOCUMENTATION))
    PLUGIN: str = with_variables(DOCUMENTATION, "ansible_avepoint_") + _LOOKUPS
