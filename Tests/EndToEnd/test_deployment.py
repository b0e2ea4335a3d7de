"""What `deploy` has for those who run the service: every file is used as its reader would use it."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from harness.processes import BINARY, REPOSITORY, Daemon, clean_environment

DEPLOY = REPOSITORY / "deploy"


def test_the_sample_settings_start_the_service(tmp_path):
    service = Daemon(
        [BINARY, "serve", "--config", DEPLOY / "settings.yaml", "--listen", "127.0.0.1:0", "--root", tmp_path,
         "--state-dir", tmp_path / "state"],
        tmp_path / "service.log", clean_environment())
    try:
        told = subprocess.run(["curl", "-fsS", service.url + "/v1/limits"], check=True, stdout=subprocess.PIPE, text=True)
        assert yaml.safe_load(told.stdout)["concurrency"] == 64
    finally:
        assert service.stop() == 0


def test_the_sample_has_every_setting():
    """The ones that are commented out included: with their marks taken off they are settings, too."""
    source = "".join(path.read_text() for path in REPOSITORY.glob("Sources/longshore/SettingsFile*.swift"))
    known = set(re.findall(r'case "(\w+)"', source))
    text = (DEPLOY / "settings.yaml").read_text()
    shown = set(re.findall(r"^[ #-]*(\w+):", text, re.M)) | {"default"}
    assert known - shown == set()
    # Credentials are shown in a sentence.
    assert {"profile", "access_key_id", "secret_access_key", "session_token"} <= set(re.findall(r"(\w+):", text))


def test_commented_settings_are_taken(tmp_path):
    text = re.sub(r"^( *)# ((?:tokens|tenants|endpoint|path_style|ca_file): ?.*|  - name: .*|  video:|    (?:sha256|tenant|scopes|roots|stores|buckets|prefixes|weight|concurrency): .*)$", r"\1\2",
                  (DEPLOY / "settings.yaml").read_text(), flags=re.M)
    settings = yaml.safe_load(text)
    assert settings["tokens"] and settings["stores"]["default"]["ca_file"]
    authority = tmp_path / "authority.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=test", "-keyout", tmp_path / "key.pem", "-out", authority], check=True, stderr=subprocess.DEVNULL)
    path = tmp_path / "settings.yaml"
    text = text.replace(settings["stores"]["default"]["ca_file"], str(authority))
    path.write_text(text.replace("/srv/longshore/video", str(tmp_path)))
    service = Daemon([BINARY, "serve", "--config", path, "--listen", "127.0.0.1:0", "--root", tmp_path,
                      "--state-dir", tmp_path / "state"], tmp_path / "service.log", clean_environment())
    try:
        refused = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", service.url + "/v1/jobs"],
                                 check=True, stdout=subprocess.PIPE, text=True)
        assert refused.stdout == "401"
    finally:
        assert service.stop() == 0


@pytest.fixture
def unit(tmp_path):
    """The unit with a path that is there."""
    path = tmp_path / "longshore.service"
    path.write_text((DEPLOY / "longshore.service").read_text().replace("/usr/bin/longshore", str(BINARY)))
    return path


def test_the_unit_is_understood(unit):
    told = subprocess.run(["systemd-analyze", "verify", unit], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (told.returncode, told.stdout) == (0, "")


def test_the_unit_is_hardened(unit):
    told = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", unit],
                          stdout=subprocess.PIPE, text=True)
    print(told.stdout.splitlines()[-1])
    assert told.returncode == 0, "more exposed than 2.5"


def test_the_times_to_stop_suffice():
    """Each manager waits longer than the service may take to drain."""
    drain = yaml.safe_load((DEPLOY / "settings.yaml").read_text())["drain_seconds"]
    unit = int(re.search(r"TimeoutStopSec=(\d+)", (DEPLOY / "longshore.service").read_text())[1])
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["longshore"]["stop_grace_period"]
    pods = [document["spec"]["template"]["spec"] for document in manifests() if document["kind"] == "StatefulSet"]
    for seconds in [unit, int(compose.removesuffix("s")), *(pod["terminationGracePeriodSeconds"] for pod in pods)]:
        assert seconds > drain


def manifests():
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def started(tmp_path, environment):
    """The service under a manager's environment, its paths moved below `tmp_path`; here it listens on loopback only."""
    assert environment["LONGSHORE_LISTEN"] == "0.0.0.0:8600"
    moved = {**environment, "LONGSHORE_LISTEN": "127.0.0.1:0"}
    for name in ("LONGSHORE_STATE_DIR", "LONGSHORE_ROOTS"):
        moved[name] = str(tmp_path) + moved[name]
        Path(moved[name]).mkdir(parents=True)
    return Daemon([BINARY, "serve"], tmp_path / "service.log", clean_environment(**moved))


def test_the_pod_answers_its_probes(tmp_path):
    service, pods = manifests()
    pod = pods["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pods["spec"]["replicas"] == 1 and service["spec"]["selector"] == pods["spec"]["selector"]["matchLabels"]
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in pod["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in pods["spec"]["volumeClaimTemplates"]}
    assert mounts == volumes
    environment = {entry["name"]: entry.get("value", "from-a-secret") for entry in container["env"]}
    daemon = started(tmp_path, environment)
    try:
        port = daemon.url.rpartition(":")[2]
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            path = container[probe]["httpGet"]["path"]
            subprocess.run(["curl", "-fsS", f"http://127.0.0.1:{port}{path}"], check=True, stdout=subprocess.DEVNULL)
    finally:
        assert daemon.stop() == 0


def test_the_image_starts_and_is_healthy(tmp_path):
    """What the Dockerfile says is carried out without Docker: its environment, its command and its health check."""
    text = (DEPLOY / "Dockerfile").read_text()
    environment = dict(pair.split("=", 1) for pair in re.search(r"^ENV (.*)$", text, re.M)[1].split())
    entry = re.search(r'^ENTRYPOINT \["longshore"\]\nCMD \["serve"\]$', text, re.M)
    assert entry and re.search(r"^USER longshore$", text, re.M)
    # Without a token it must not listen on every address.
    refused = subprocess.run([BINARY, "serve"], env=clean_environment(**environment), stderr=subprocess.PIPE, text=True)
    assert refused.returncode == 2 and "LONGSHORE_TOKEN" in refused.stderr
    daemon = started(tmp_path, environment | {"LONGSHORE_TOKEN": "secret"})
    try:
        check = re.search(r'HEALTHCHECK .* CMD \[(.*)\]', text)[1].replace('"', "").split(", ")
        check[-1] = check[-1].replace("8600", daemon.url.rpartition(":")[2])
        subprocess.run(check, check=True, stdout=subprocess.DEVNULL)
    finally:
        assert daemon.stop() == 0


def test_the_image_has_the_libraries(tmp_path):
    """Each library that the executable names comes with a package that the Dockerfile installs, or with Swift, linked in."""
    installed = set(re.search(r"no-install-recommends (ca-certificates.*?)&&", (DEPLOY / "Dockerfile").read_text(), re.S)[1]
                    .replace("\\", " ").split())
    needed = subprocess.run(["objdump", "-p", BINARY], check=True, stdout=subprocess.PIPE, text=True).stdout
    named = re.findall(r"NEEDED +(\S+)", needed)
    ours = [name for name in named if not re.match(r"lib(swift|_|Foundation|dispatch|BlocksRuntime)|ld-linux", name)]
    assert len(ours) > 6
    for name in ours:
        owner = subprocess.run(["dpkg-query", "-S", f"*/{name}"], check=True, stdout=subprocess.PIPE, text=True).stdout
        assert owner.partition(":")[0] in installed | {"libc6"}, name


def test_the_compose_file_starts_both(tmp_path):
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    store = Daemon([BINARY, *(part.replace("0.0.0.0:9000", "127.0.0.1:0").replace("/var/lib/longshore", str(tmp_path / "objects"))
                              for part in services["store"]["command"])], tmp_path / "store.log", clean_environment())
    try:
        environment = services["longshore"]["environment"] | {"LONGSHORE_TOKEN": "secret", "AWS_ENDPOINT_URL_S3": store.url}
        environment |= {"LONGSHORE_LISTEN": "0.0.0.0:8600", "LONGSHORE_STATE_DIR": "/state", "LONGSHORE_ROOTS": "/srv/longshore"}
        service = started(tmp_path, environment)
        try:
            (tmp_path / "srv/longshore/hello.txt").write_text("hello")
            port = service.url.rpartition(":")[2]
            told = subprocess.run(
                ["curl", "-fsS", "-H", "Authorization: Bearer secret", "-H", "Prefer: wait=60", f"http://127.0.0.1:{port}/v1/jobs",
                 "--json", f'{{"source": "{tmp_path}/srv/longshore", "bucket": "demo", "prefix": "files"}}'],
                check=True, stdout=subprocess.PIPE, text=True)
            job = yaml.safe_load(told.stdout)
            told = subprocess.run(["curl", "-fsS", "-H", "Authorization: Bearer secret", "-H", "Prefer: wait=60",
                                   f"http://127.0.0.1:{port}/v1/jobs/{job['id']}"], check=True, stdout=subprocess.PIPE, text=True)
            assert yaml.safe_load(told.stdout)["state"] == "succeeded"
        finally:
            assert service.stop() == 0
    finally:
        store.close()


def test_the_package_holds_what_it_says(tmp_path):
    """Packed from the tests' own executable, which is linked otherwise but is the same program."""
    told = subprocess.run([DEPLOY / "package", "--binary", BINARY, tmp_path], check=True, stdout=subprocess.PIPE, text=True)
    package = told.stdout.strip()

    def field(name):
        return subprocess.run(["dpkg-deb", "-f", package, name], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    version = subprocess.run([BINARY, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    assert (field("Package"), field("Version")) == ("longshore", version)
    for library in ("libcurl4", "libmicrohttpd12", "libsqlite3-0", "libssl3", "libisal2", "libxml2", "libc6", "adduser"):
        assert library in field("Depends")
    tree, control = tmp_path / "tree", tmp_path / "control"
    subprocess.run(["dpkg-deb", "-x", package, tree], check=True)
    subprocess.run(["dpkg-deb", "-e", package, control], check=True)
    assert (control / "conffiles").read_text() == "/etc/longshore/settings.yaml\n"
    for script in ("postinst", "prerm", "postrm"):
        subprocess.run(["sh", "-n", control / script], check=True)
    unit = (tree / "lib/systemd/system/longshore.service").read_text()
    command = re.search(r"^ExecStart=/usr/bin/longshore (.*)$", unit, re.M)[1].replace("/etc", f"{tree}/etc").split()
    service = Daemon([tree / "usr/bin/longshore", *command, "--listen", "127.0.0.1:0", "--root", tmp_path,
                      "--state-dir", tmp_path / "state"], tmp_path / "service.log", clean_environment())
    assert service.stop() == 0
    manual = subprocess.run(["gzip", "-dc", tree / "usr/share/man/man1/longshore.1.gz"], check=True, stdout=subprocess.PIPE)
    assert manual.stdout.startswith(b".")
    subprocess.run(["bash", "-n", tree / "usr/share/bash-completion/completions/longshore"], check=True)
