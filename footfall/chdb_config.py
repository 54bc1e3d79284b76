"""What the ClickHouse child reads at its start: its two XML files and the passwords of its users.

Only text and numbers: the process itself is `chdb_server`. Reasons for each value stand beside it in the XML.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from footfall.loopback import HOST

DATABASE = "footfall"
PRODUCT_USER = "footfall"
READER_USER = "reader"

MIB = 1024 * 1024
LEAST_MEMORY = 512 * MIB
TABLE_ENGINES = (
    "MergeTree",
    "ReplacingMergeTree",
    "AggregatingMergeTree",
    "Memory",
    "Null",
    "Join",
    "Set",
    "Dictionary",
)


@dataclass(frozen=True)
class ReaderLimits:
    """What one query of the read-only user may take; a query may lower them, never raise them."""

    seconds: int = 30
    memory_share: float = 0.4
    rows: int = 0
    """Rows that a query may read; 0: any number."""


@dataclass(frozen=True)
class Passwords:
    """Passwords of the product's users, made once per data folder."""

    product: str
    reader: str

    @classmethod
    def of(cls, file: Path) -> Passwords:
        """Read the passwords, or make them where there are none yet. The file is readable by its owner only."""
        if not file.exists():
            content = {PRODUCT_USER: secrets.token_urlsafe(32), READER_USER: secrets.token_urlsafe(32)}
            write_private(file, json.dumps(content))
        content = json.loads(file.read_text(encoding="utf-8"))
        return cls(product=content[PRODUCT_USER], reader=content[READER_USER])


def write_private(file: Path, text: str) -> None:
    """Replace a file as a whole, mode 0600 from its first byte on."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(file)


def server_xml(folder: Path, port: int, memory: int) -> str:
    return f"""<clickhouse>
  <!-- Loopback and the native protocol only: without the statement that starts it, there is no HTTP listener. The
       parent holds the port by a socket that does not listen, so that it stays ours while the server restarts. -->
  <listen_host>{HOST}</listen_host>
  <tcp_port>{port}</tcp_port>
  <listen_reuse_port>1</listen_reuse_port>
  <path>{escape(str(folder / "data"))}/</path>
  <tmp_path>{escape(str(folder / "data" / "tmp"))}/</tmp_path>
  <users_config>users.xml</users_config>
  <send_crash_reports><enabled>false</enabled></send_crash_reports>

  <!-- The cap counts the caches; their defaults (5 GB of marks) are for a machine of its own. -->
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>{memory // 16}</mark_cache_size>
  <primary_index_cache_size>{memory // 16}</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_mark_cache_size>{4 * MIB}</index_mark_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <mmap_cache_size>16</mmap_cache_size>
  <compiled_expression_cache_size>{16 * MIB}</compiled_expression_cache_size>
  <query_cache><max_size_in_bytes>0</max_size_in_bytes></query_cache>

  <!-- Few threads: the machine is shared with the product, and idle threads cost memory. -->
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <merge_tree>
    <!-- An erasure waits until the parts that it replaced are deleted: they are looked for every second or two. -->
    <cleanup_delay_period>1</cleanup_delay_period>
    <cleanup_delay_period_random_add>0</cleanup_delay_period_random_add>
    <max_cleanup_delay_period>2</max_cleanup_delay_period>
    <!-- Must not exceed the slots of the small merge pool (2 threads, 2 tasks each). -->
    <number_of_free_entries_in_pool_to_execute_mutation>2</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>2</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>2</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
  <!-- No system log tables (query_log and so on) are configured, so none is written: they would hold queries. -->
</clickhouse>
"""


def users_xml(passwords: Passwords, memory: int, limits: ReaderLimits) -> str:
    reader_memory = int(memory * limits.memory_share)
    engines = "\n        ".join(f"<query>GRANT TABLE ENGINE ON {engine}</query>" for engine in TABLE_ENGINES)
    return f"""<clickhouse>
  <profiles>
    <default>
      <!-- The default of 4 GiB a thread would leave a server of this size with one thread. -->
      <max_threads_min_free_memory_per_thread>{128 * MIB}</max_threads_min_free_memory_per_thread>
      <max_insert_threads_min_free_memory_per_thread>{128 * MIB}</max_insert_threads_min_free_memory_per_thread>
      <max_memory_usage>{memory * 8 // 10}</max_memory_usage>
      <max_bytes_before_external_group_by>{memory * 3 // 10}</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>{memory * 3 // 10}</max_bytes_before_external_sort>
      <log_queries>0</log_queries>
    </default>
    <starter>
      <!-- The statement that starts the listeners is the one session of this user: nobody else gets in as it. -->
      <max_sessions_for_user>1</max_sessions_for_user>
    </starter>
    <product/>
    <reader>
      <!-- 2: may not write, but may bring external tables and lower its own limits. -->
      <readonly>2</readonly>
      <max_memory_usage>{reader_memory}</max_memory_usage>
      <max_memory_usage_for_user>{reader_memory}</max_memory_usage_for_user>
      <max_execution_time>{limits.seconds}</max_execution_time>
      <max_rows_to_read>{limits.rows}</max_rows_to_read>
      <constraints>
        <max_memory_usage><min>1</min><max>{reader_memory}</max></max_memory_usage>
        <max_memory_usage_for_user><const/></max_memory_usage_for_user>
        <max_execution_time><min>1</min><max>{limits.seconds}</max></max_execution_time>
        <max_rows_to_read><const/></max_rows_to_read>
        <timeout_overflow_mode><const/></timeout_overflow_mode>
        <read_overflow_mode><const/></read_overflow_mode>
        <allow_ddl><const/></allow_ddl>
      </constraints>
    </reader>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <!-- chdb logs in as this user with an empty password: it cannot be closed, so it can do nothing. -->
    <default>
      <password></password>
      <networks><ip>{HOST}</ip></networks>
      <profile>starter</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
      </grants>
    </default>
    <{PRODUCT_USER}>
      <password_sha256_hex>{sha256(passwords.product)}</password_sha256_hex>
      <networks><ip>{HOST}</ip></networks>
      <profile>product</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT ALL ON {DATABASE}*.*</query>
        {engines}
        <query>GRANT SELECT ON system.*</query>
        <query>GRANT CREATE TEMPORARY TABLE, CREATE FUNCTION, DROP FUNCTION ON *.*</query>
        <query>GRANT KILL QUERY, SYSTEM DROP CACHE ON *.*</query>
      </grants>
    </{PRODUCT_USER}>
    <{READER_USER}>
      <password_sha256_hex>{sha256(passwords.reader)}</password_sha256_hex>
      <networks><ip>{HOST}</ip></networks>
      <profile>reader</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SELECT ON {DATABASE}.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
      </grants>
    </{READER_USER}>
  </users>
</clickhouse>
"""


def sha256(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
