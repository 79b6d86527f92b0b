"""The real upstream of every measurement: one nginx that answers as version 1 and as version 2."""

from pathlib import Path

from .machine import LOAD_CORE, Process, free_port

CONFIG = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{v1} backlog=4096; location / {{ return 200 "hello from v1\\n"; }} }}
  server {{ listen 127.0.0.1:{v2} backlog=4096; location / {{ return 200 "hello from v2\\n"; }} }}
}}
"""


class Upstreams:
    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self.v1, self.v2 = free_port(), free_port()
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, v1=self.v1, v2=self.v2))
        argv = ["nginx", "-p", str(folder), "-c", str(config)]
        self.process = Process(argv, LOAD_CORE, folder / "log")
        self.process.wait_for_port(self.v2, 10)

    def stop(self) -> None:
        self.process.stop()
