from apirouter.validation import parameter_types

create = {
    'type': 'object',
    'properties': {
        'MyTest': {
            'type': 'object',
            'properties': {
                'myhost': parameter_types.hostname,
            },
            'additionalProperties': False,
        },
    },
    'additionalProperties': False,
}
