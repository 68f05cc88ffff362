#!/bin/sh
exec /opt/machiya/bin/python -m machiya "$@"
