<?php

/**
 * What this house adds to Roundcube.
 *
 * nginx counts log-ins by the address of the request, `POST /?_task=login`. Roundcube itself would take one under any
 * other address, where nobody counts.
 */
class machiya extends rcube_plugin
{
    private const LOGIN = '_task=login';

    public function init()
    {
        $this->add_hook('startup', [$this, 'startup']);
    }

    public function startup($request)
    {
        $login = $request['task'] === 'login' && $request['action'] === 'login';
        if ($login && ($_SERVER['QUERY_STRING'] ?? '') !== self::LOGIN) {
            http_response_code(400);
            exit;
        }
        $output = rcmail::get_instance()->output;
        if ($output instanceof rcmail_output_html) {
            $output->set_env('rcversion', 0); // nobody's business; so is the page about it
            $output->add_header('<style>#taskmenu a.about { display: none }</style>');
        }
        return $request;
    }
}
