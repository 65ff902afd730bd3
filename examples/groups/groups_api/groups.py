# --*-- coding:utf8 --*--
from groups_api.schemas import groups
from apirouter import extensions
from apirouter import wsgi
from apirouter import validation
from compute_api import compute
from groups_api import context
from groups_api import db
from groups_api.policies import groups as groups_policies
#from thvmware.manage import VCenterManagement
import logging
from oslo_config import cfg
from oslo_utils import uuidutils
import traceback

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

ALIAS = 'groups'


class GroupsController(wsgi.Controller):

    def __init__(self):
        super(GroupsController, self).__init__()
        self.context = context.get_admin_context()
        self.compute_api = compute.API()

    @extensions.expected_errors(404)
    @validation.schema(groups.create)
    def create(self, req, body):
        context = req.environ['nova.context']
        context.can(groups_policies.BASE_POLICY_NAME)
        context.can(groups_policies.POLICY_ROOT % 'create')
        LOG.info(body)

    @extensions.expected_errors((400, 404))
    def add_group(self, req, body):
        context = req.environ['nova.context']
        ret = {'ret_state':'failed'}
        values = body['group']
        if 'group_id' not in values or values['group_id'] == '':
            values['group_id'] = uuidutils.generate_uuid()
        try:
            db.add_instance_group(context, values)
        except Exception as e:
            LOG.error('%s', traceback.format_exc())
            ret['error'] = str(e)
            return ret
        ret['ret_state'] = 'success'
        return ret

    @extensions.expected_errors(())
    def get_groups(self, req):
        ret = {'ret_state': 'failed'}
        context = req.environ['nova.context']
        try:
            groups = db.get_groups(context)
            ret['data'] = groups
        except Exception as e:
            LOG.error('%s', traceback.format_exc())
            ret['error'] = str(e)
            return ret
        ret['ret_state'] = 'success'
        return ret

class Groups(extensions.V21APIExtensionBase):
    """extended common support."""

    name = "Groups"
    alias = ALIAS
    version = 1

    def get_resources(self):
        member_actions = {'update': 'POST', 'detail': 'GET'}

        collection_actions = {'add_group': 'POST',
                              'get_groups': 'GET'}
        resources = []
        # mapper = Route name Methods Path
        # mapper.connect = <bound method ProjectMapper.connect of <cinder.api.openstack.ProjectMapper object at 0x2e5bc10>>
        # # 示例:
        # # map.resource("message", "messages", collection={"rss": "GET"})
        # # "GET /message/rss"  =>  ``Messages.rss()``.
        # # map.resource('message', 'messages', member={'mark':'POST'})
        # # "POST /message/1/mark"  =>  ``Messages.mark(1)``
        res = extensions.ResourceExtension(
            ALIAS,
            GroupsController(),
            collection_actions=collection_actions,
            member_actions=member_actions)
        resources.append(res)

        return resources

    def get_controller_extensions(self):
        return []
