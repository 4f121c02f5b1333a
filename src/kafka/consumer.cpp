#include "kafka/consumer.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <utility>

#include "core/error.hpp"
#include "kafka/broker_state.hpp"
#include "log/log.hpp"

namespace pintail::kafka {
namespace {

constexpr size_t kErrorTextBytes = 512;

[[noreturn]] void fail(const std::string& what, rd_kafka_resp_err_t code) {
    throw Error(ErrorKind::source, fmt::format("{}: {}", what, rd_kafka_err2str(code)), true);
}

void check(rd_kafka_resp_err_t code, const std::string& what) {
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(what, code);
}

const rd_kafka_message_t* as_message(const void* message) {
    return static_cast<const rd_kafka_message_t*>(message);
}

int as_int(std::chrono::milliseconds timeout) {
    return static_cast<int>(timeout.count());
}

struct ConfDeleter {
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

struct ListDeleter {
    void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

struct QueueDeleter {
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct ResourceDeleter {
    void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
};
struct EventDeleter {
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};

PartitionList make_list(size_t size) {
    return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}

void set(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
    char problem[kErrorTextBytes];
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), problem, sizeof(problem)) != RD_KAFKA_CONF_OK) {
        throw Error(ErrorKind::config, fmt::format("Kafka property {}: {}", key, problem));
    }
}

void on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
    // Lost connections reach on_error, once; librdkafka's own lines repeat them for every attempt.
    if (level <= 3 && std::string_view(facility) != "FAIL") log::warn("Kafka ({}): {}", facility, text);
    else log::debug("Kafka ({}): {}", facility, text);
}

Conf make_conf(const ConsumerOptions& options) {
    Conf conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), on_log);
    set(conf.get(), "bootstrap.servers", options.brokers);
    set(conf.get(), "group.id", options.group);
    set(conf.get(), "client.id", "pintail");
    set(conf.get(), "enable.auto.commit", "false");
    set(conf.get(), "enable.auto.offset.store", "false");
    set(conf.get(), "isolation.level", "read_committed");
    set(conf.get(), "enable.partition.eof", "true");
    // An offset that is gone is a gap in the data: it must be an error, never a silent jump.
    set(conf.get(), "auto.offset.reset", "error");
    set(conf.get(), "queued.max.messages.kbytes", std::to_string(options.fetch_queue_bytes / 1024));
    set(conf.get(), "queued.min.messages", "1000000");  // the byte budget above decides, not the count
    // Of compressed data; JSON grows tenfold and more.
    set(conf.get(), "fetch.message.max.bytes", std::to_string(2 << 20));
    // How soon a full queue is looked at again. The default of a second stalls a reader that empties it in less.
    set(conf.get(), "fetch.queue.backoff.ms", "2");
    set(conf.get(), "fetch.wait.max.ms", std::to_string(options.fetch_wait.count()));
    set(conf.get(), "fetch.error.backoff.ms", "50");
    set(conf.get(), "reconnect.backoff.max.ms", "2000");
    set(conf.get(), "socket.nagle.disable", "true");
    for (const auto& [key, value] : options.properties) set(conf.get(), key, value);
    return conf;
}

rd_kafka_t* new_client(Conf& conf) {
    char problem[kErrorTextBytes];
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), problem, sizeof(problem));
    if (!client) throw Error(ErrorKind::config, fmt::format("Kafka consumer: {}", problem));
    static_cast<void>(conf.release());  // owned by the client now
    return client;
}

}  // namespace

Record::~Record() {
    if (message_) rd_kafka_message_destroy(static_cast<rd_kafka_message_t*>(message_));
}

std::string_view Record::topic() const {
    return as_message(message_)->rkt ? rd_kafka_topic_name(as_message(message_)->rkt) : std::string_view();
}

const void* Record::topic_handle() const {
    return as_message(message_)->rkt;
}
int32_t Record::partition() const {
    return as_message(message_)->partition;
}
int64_t Record::offset() const {
    return as_message(message_)->offset;
}
int64_t Record::timestamp_ms() const {
    return rd_kafka_message_timestamp(as_message(message_), nullptr);
}

std::optional<std::string_view> Record::key() const {
    const auto* message = as_message(message_);
    if (!message->key) return std::nullopt;
    return std::string_view(static_cast<const char*>(message->key), message->key_len);
}

std::optional<std::string_view> Record::value() const {
    const auto* message = as_message(message_);
    if (!message->payload) return std::nullopt;
    return std::string_view(static_cast<const char*>(message->payload), message->len);
}

std::optional<std::string_view> Record::header(std::string_view name) const {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(as_message(message_), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    const void* value = nullptr;
    size_t size = 0;
    if (rd_kafka_header_get_last(headers, std::string(name).c_str(), &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    return std::string_view(static_cast<const char*>(value), size);
}

std::vector<std::pair<std::string, std::string>> Record::headers() const {
    std::vector<std::pair<std::string, std::string>> all;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(as_message(message_), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return all;
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
        all.emplace_back(name, std::string(static_cast<const char*>(value), size));
    }
    return all;
}

bool Record::is_partition_end() const {
    return as_message(message_)->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
}

std::string Record::problem() const {
    const auto* message = as_message(message_);
    if (!message->err || is_partition_end()) return {};
    return fmt::format("{}: {}", rd_kafka_err2str(message->err), rd_kafka_message_errstr(message));
}

bool Record::out_of_range() const {
    const auto code = as_message(message_)->err;
    return code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
}

struct Consumer::Handle {
    BrokerState brokers;

    static void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
        auto& self = *static_cast<Handle*>(opaque);
        switch (code) {
            case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: return self.brokers.lost_all(self.options.brokers);
            case RD_KAFKA_RESP_ERR__TRANSPORT:
            case RD_KAFKA_RESP_ERR__RESOLVE: return self.brokers.lost_one(reason);
            default: log::warn("Kafka: {}", reason);
        }
    }

    // librdkafka knows more than it answers; before the first answer nothing is assigned, so that polling brings no
    // records.
    std::string why(rd_kafka_resp_err_t code) {
        for (int tries = 0; tries < 20 && !brokers.known() && brokers.reason().empty(); ++tries) {
            if (rd_kafka_message_t* none = rd_kafka_consumer_poll(client, 0)) rd_kafka_message_destroy(none);
        }
        return brokers.reason().empty() ? rd_kafka_err2str(code) : brokers.reason();
    }

    // For questions that must not wait: a broker answers a connection's requests one after the other, and a fetch may
    // stay open for fetch.wait.max.ms. Made when it is first asked for; not subscribed to anything.
    rd_kafka_t* asker() {
        if (questions) {
            rd_kafka_poll(questions, 0);  // what it reports, the fetching client reports too
            return questions;
        }
        Conf conf = make_conf(options);
        rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t*, int, const char*, void*) {});
        questions = new_client(conf);
        return questions;
    }

    ConsumerOptions options;
    rd_kafka_t* client = nullptr;
    rd_kafka_t* questions = nullptr;
    rd_kafka_queue_t* queue = nullptr;
    std::vector<rd_kafka_message_t*> fetched;

    void connect() {
        Conf conf = make_conf(options);
        rd_kafka_conf_set_opaque(conf.get(), this);
        rd_kafka_conf_set_error_cb(conf.get(), on_error);
        client = new_client(conf);
        rd_kafka_poll_set_consumer(client);
        queue = rd_kafka_queue_get_consumer(client);
    }

    // `destroy_flags`: RD_KAFKA_DESTROY_F_…
    void disconnect(int destroy_flags) {
        if (questions) rd_kafka_destroy(std::exchange(questions, nullptr));
        if (queue) rd_kafka_queue_destroy(std::exchange(queue, nullptr));
        if (client) rd_kafka_destroy_flags(std::exchange(client, nullptr), destroy_flags);
    }

    ~Handle() {
        if (client) rd_kafka_consumer_close(client);
        disconnect(0);
    }
};

Consumer::Consumer(const ConsumerOptions& options) : handle_(std::make_unique<Handle>()) {
    handle_->options = options;
    handle_->connect();
}

Consumer::~Consumer() {
    records_.clear();  // records point into the client
}

std::map<std::string, int32_t> Consumer::topics(std::chrono::milliseconds timeout) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto code = rd_kafka_metadata(handle_->client, 1, nullptr, &metadata, as_int(timeout));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        handle_->brokers.silent(handle_->options.brokers, rd_kafka_err2str(code));
        throw Error(ErrorKind::source,
                    fmt::format("Kafka: no broker answers at {} ({}). Is it running, and is --brokers "
                                "(KAFKA_EXTERNAL_PORT in .env) right?",
                                handle_->options.brokers, handle_->why(code)),
                    true);
    }
    handle_->brokers.answered();
    std::map<std::string, int32_t> found;
    for (int i = 0; i < metadata->topic_cnt; ++i) found[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return found;
}

std::map<std::string, TopicId> Consumer::topic_ids(const std::vector<std::string>& topics,
                                                   std::chrono::milliseconds timeout) {
    try {
        auto ids = ask_topic_ids(handle_->asker(), topics, timeout);
        if (!topics.empty()) handle_->brokers.answered();
        return ids;
    } catch (const Error& problem) {
        handle_->brokers.silent(handle_->options.brokers, problem.what());
        throw;
    }
}

OffsetRange Consumer::offsets(const PartitionId& id, std::chrono::milliseconds timeout) {
    OffsetRange range;
    check(rd_kafka_query_watermark_offsets(handle_->client, id.topic.c_str(), id.partition, &range.low, &range.high,
                                           as_int(timeout)),
          fmt::format("Kafka: offsets of {} [{}]", id.topic, id.partition));
    return range;
}

std::optional<bool> Consumer::compacts(const std::string& topic, std::chrono::milliseconds timeout) {
    const std::unique_ptr<rd_kafka_queue_t, QueueDeleter> answers(rd_kafka_queue_new(handle_->client));
    const std::unique_ptr<rd_kafka_ConfigResource_t, ResourceDeleter> asked(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    rd_kafka_ConfigResource_t* resources[] = {asked.get()};
    rd_kafka_DescribeConfigs(handle_->client, resources, 1, nullptr, answers.get());
    const std::unique_ptr<rd_kafka_event_t, EventDeleter> event(rd_kafka_queue_poll(answers.get(), as_int(timeout)));
    const auto* result = event ? rd_kafka_event_DescribeConfigs_result(event.get()) : nullptr;
    if (!result || rd_kafka_event_error(event.get())) return std::nullopt;
    size_t topics = 0;
    const auto* answered = rd_kafka_DescribeConfigs_result_resources(result, &topics);
    size_t entries = 0;
    const auto* configs = topics == 1 ? rd_kafka_ConfigResource_configs(answered[0], &entries) : nullptr;
    for (size_t i = 0; i < entries; ++i) {
        const char* value = rd_kafka_ConfigEntry_value(configs[i]);
        if (value && std::string_view(rd_kafka_ConfigEntry_name(configs[i])) == "cleanup.policy") {
            return std::string_view(value).find("compact") != std::string_view::npos;
        }
    }
    return std::nullopt;
}

std::optional<OffsetRange> Consumer::cached_offsets(const PartitionId& id) const {
    OffsetRange range;
    const auto code =
        rd_kafka_get_watermark_offsets(handle_->client, id.topic.c_str(), id.partition, &range.low, &range.high);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || range.high < 0) return std::nullopt;
    return range;
}

void Consumer::assign(const std::vector<PartitionStart>& partitions) {
    records_.clear();
    PartitionList list = make_list(partitions.size());
    for (const PartitionStart& start : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), start.id.topic.c_str(), start.id.partition)->offset =
            start.offset;
    }
    check(rd_kafka_assign(handle_->client, list.get()), "Kafka: assigning partitions");
}

std::vector<Record>& Consumer::poll(std::chrono::milliseconds timeout, size_t most) {
    records_.clear();
    rd_kafka_message_t* first = rd_kafka_consumer_poll(handle_->client, as_int(timeout));
    if (!first) return records_;
    records_.emplace_back(first);
    handle_->fetched.resize(most);
    const ssize_t more = rd_kafka_consume_batch_queue(handle_->queue, 0, handle_->fetched.data(), most);
    for (ssize_t i = 0; i < more; ++i) records_.emplace_back(handle_->fetched[i]);
    return records_;
}

std::optional<std::string> Consumer::away() const {
    return handle_->brokers.away();
}

// While its brokers are away nobody is there to take leave of.
bool Consumer::renew_if_stuck() {
    if (!handle_->brokers.client_is_stuck()) return false;
    log::debug("Kafka: a new client looks for brokers");
    records_.clear();
    handle_->disconnect(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    handle_->connect();
    handle_->brokers.has_new_client();
    return true;
}

std::vector<CommittedOffset> Consumer::committed(const std::vector<PartitionId>& ids,
                                                 std::chrono::milliseconds timeout) {
    PartitionList list = make_list(ids.size());
    for (const PartitionId& id : ids) rd_kafka_topic_partition_list_add(list.get(), id.topic.c_str(), id.partition);
    check(rd_kafka_committed(handle_->client, list.get(), as_int(timeout)), "Kafka: reading the group's offsets");
    std::vector<CommittedOffset> found;
    for (int i = 0; i < list->cnt; ++i) {
        const auto& entry = list->elems[i];
        if (entry.offset < 0) continue;
        found.push_back({{entry.topic, entry.partition},
                         entry.offset,
                         std::string(static_cast<const char*>(entry.metadata), entry.metadata_size)});
    }
    return found;
}

void Consumer::commit(const std::vector<CommittedOffset>& offsets, bool wait) {
    PartitionList list = make_list(offsets.size());
    for (const CommittedOffset& offset : offsets) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), offset.id.topic.c_str(), offset.id.partition);
        entry->offset = offset.next_offset;
        entry->metadata = strdup(offset.metadata.c_str());  // freed with the list
        entry->metadata_size = offset.metadata.size();
    }
    const auto code = rd_kafka_commit(handle_->client, list.get(), wait ? 0 : 1);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) log::debug("Kafka: offsets for monitors: {}", rd_kafka_err2str(code));
}

}  // namespace pintail::kafka
