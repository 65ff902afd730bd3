"""The table of docs/porting.md names all there was, and what it points to is there."""

from __future__ import annotations

import dataclasses
import importlib
import re
from pathlib import Path

import pytest

TABLE = Path(__file__).parents[2] / "docs" / "porting.md"

#: The public names of each module in 2017, as Ocata and Pike had them; methods where they are public.
NAMES = {
    "nova.api.openstack": """
        APIMapper APIRouterV21 APIRouterV21.api_extension_manager APIRouterV21.api_extension_namespace
        APIRouterV21.factory APIRouterV21.loaded_extension_info FaultWrapper FaultWrapper.status_to_type
        LegacyV2CompatibleWrapper PlainMapper ProjectMapper ProjectMapper.create_route""",
    "nova.api.openstack.wsgi": """
        API_VERSION_REQUEST_HEADER ActionDispatcher Controller Controller.api_version
        Controller.check_for_versions_intersection Controller.is_valid_body ControllerMetaclass
        DEFAULT_API_VERSION ENV_LEGACY_V2 Fault JSONDeserializer JSONDictSerializer
        LEGACY_API_VERSION_REQUEST_HEADER Request Request.api_version_request
        Request.best_match_content_type Request.best_match_language Request.cache_db_compute_node
        Request.cache_db_compute_nodes Request.cache_db_flavor Request.cache_db_flavors
        Request.cache_db_instance Request.cache_db_instances Request.cache_db_items
        Request.get_content_type Request.get_db_compute_node Request.get_db_compute_nodes
        Request.get_db_flavor Request.get_db_flavors Request.get_db_instance Request.get_db_instances
        Request.get_db_item Request.get_db_items Request.is_legacy_v2 Request.set_api_version_request
        Request.set_legacy_v2 Resource Resource.deserialize Resource.dispatch Resource.get_action_args
        Resource.get_body Resource.get_method Resource.process_extensions Resource.register_actions
        Resource.register_extensions Resource.support_api_request_version ResourceExceptionHandler
        ResourceV21 ResponseObject ResponseObject.code ResponseObject.headers ResponseObject.serialize
        VER_METHOD_ATTR action action_peek extends get_supported_content_types item_get response""",
    "nova.api.openstack.extensions": """
        ControllerExtension ExtensionDescriptor ExtensionManager ExtensionsController ResourceExtension
        V21APIExtensionBase expected_errors""",
    "nova.api.openstack.api_version_request": """
        APIVersionRequest APIVersionRequest.get_string APIVersionRequest.is_null APIVersionRequest.matches
        DEFAULT_API_VERSION MAX_IMAGE_META_PROXY_API_VERSION MAX_PROXY_API_SUPPORT_VERSION
        MIN_WITHOUT_IMAGE_META_PROXY_API_VERSION MIN_WITHOUT_PROXY_API_SUPPORT_VERSION
        REST_API_VERSION_HISTORY is_supported max_api_version min_api_version""",
    "nova.api.openstack.versioned_method": "VersionedMethod",
    "nova.api.openstack.urlmap": """
        Accept Accept.best_match URLMap parse_list_header parse_options_header unquote_header_value
        urlmap_factory""",
    "nova.api.validation": "query_schema schema",
    "nova.api.validation.parameter_types": """
        ValidationRegex cell_name cell_name_leading_trailing_spaces hostname multi_params single_param boolean name
        valid_cell_name_leading_trailing_spaces_regex valid_cell_name_regex valid_description_regex
        valid_description_regex_base valid_name_leading_trailing_spaces_regex
        valid_name_leading_trailing_spaces_regex_base valid_name_regex valid_name_regex_base
        valid_name_regex_obj""",
    "nova.api.validation.validators": "FormatChecker FormatChecker.check",
    "nova.api.auth": "InjectContext NovaKeystoneContext pipeline_factory pipeline_factory_v21",
}

#: The parameter types that kept their names.
PARAMETER_TYPES = """
    admin_password boolean cidr common_query_param common_query_regex_param description disk_config
    flavor_param_non_negative flavor_param_positive flavor_ref hostname_or_ip_address image_id
    image_id_or_empty_string ip_address mac_address metadata metadata_with_null name
    name_with_leading_trailing_spaces network_id network_port_id non_negative_integer none
    pagination_parameters personality positive_integer positive_integer_with_empty_str project_id server_id
    tag tcp_udp_port volume_id volume_size"""

#: Set when a router is made: no attribute of the class.
INSTANCE = {"apirouter.routing.router.APIRouter.plugins", "apirouter.routing.router.APIRouter.extension_info"}


def rows():
    """Yield module, name, what is here, what changes."""
    module = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        heading = re.fullmatch(r"### (nova\.[\w.]+)", line)
        if heading:
            module = heading[1]
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if module and len(cells) == 3 and cells[0].startswith("`"):
            yield module, cells[0].strip("`"), cells[1].strip("`"), cells[2]


def found(dotted):
    """Import the module at the start of a dotted name, and get the rest of it."""
    parts = dotted.split(".")
    for at in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:at]))
        except ModuleNotFoundError:
            continue
        for index, name in enumerate(parts[at:], at):
            if dataclasses.is_dataclass(value) and name in {f.name for f in dataclasses.fields(value)}:
                return f"field {'.'.join(parts[: index + 1])}"
            value = getattr(value, name)
        return value
    raise AssertionError(f"no module in {dotted}")


ROWS = list(rows())


@pytest.mark.parametrize("module", NAMES)
def test_every_public_name_of_2017_is_in_the_table_once(module):
    assert sorted(name for where, name, _, _ in ROWS if where == module) == sorted(NAMES[module].split())


@pytest.mark.parametrize(
    ("name", "here"), [(f"{m}.{n}", here) for m, n, here, _ in ROWS if here != "left behind"]
)
def test_what_the_table_points_to_is_there(name, here):
    if here in INSTANCE:
        from apirouter import APIRouter

        assert hasattr(APIRouter(), here.rpartition(".")[2])
    else:
        assert found(here) is not None


@pytest.mark.parametrize(("module", "name", "here", "change"), ROWS)
def test_every_row_says_what_changes(module, name, here, change):
    assert change
    assert here == "left behind" or here.startswith("apirouter.")


@pytest.mark.parametrize("name", PARAMETER_TYPES.split())
def test_the_other_parameter_types_have_their_names(name):
    from apirouter.validation import parameter_types

    assert isinstance(getattr(parameter_types, name), dict)
