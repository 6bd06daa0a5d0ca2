using Triptych.Fuzz.Tests.Ingest;
using Triptych.Ingest;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.RemoteWrite;
using Triptych.Logs;
using Triptych.Logs.Head;
using Triptych.Metrics;
using Triptych.Metrics.Head;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Wal;
using Triptych.Testing;
using Triptych.Traces;
using Triptych.Traces.Head;

namespace Triptych.Fuzz.Tests.Storage;

/// <summary>
/// A record whose checksum holds and whose payload is not what a store writes (another version's, or a bug's): the head takes it whole or
/// refuses it as <see cref="InvalidDataException"/> or <see cref="WalTooNewException"/> with nothing of it in, and gives all its memory back.
/// </summary>
public sealed class WalPayloadFuzzTests
{
    private const long BudgetBytes = 64 << 20;
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public async Task Metric_records() => FuzzRun.Each(
        await PayloadsAsync(Signal.Metrics, async services =>
        {
            await using var store = new MetricStore(new MetricStoreOptions(), Heads(Signal.Metrics), services);
            await store.RecoverAsync(CancellationToken.None);
            foreach (var decode in new Action<MetricBatch>[]
            {
                b => OtlpMetricDecoder.Decode(IngestCorpus.Metrics[0], BodyEncoding.Protobuf, OtlpMetricOptions.Default, b, new DecodeOutcome()),
                b => OtlpMetricDecoder.Decode(IngestCorpus.MetricsJson[0], BodyEncoding.Json, OtlpMetricOptions.Default, b, new DecodeOutcome()),
                b => RemoteWriteV1Decoder.Decode(IngestCorpus.WriteAt(Now.ToUnixTimeMilliseconds()), b, new DecodeOutcome()),
            })
            {
                using var batch = new MetricBatch(MemoryBudget.Unlimited("corpus"));
                decode(batch);
                (await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None)).Accepted.ShouldBeGreaterThan(0);
            }
        }),
        payload => ReplayInto((slabs, budget) => new MetricHead(slabs, budget), payload));

    [Fact]
    public async Task Log_records() => FuzzRun.Each(
        await PayloadsAsync(Signal.Logs, async services =>
        {
            await using var store = new LogStore(new LogStoreOptions(), Heads(Signal.Logs), services);
            await store.RecoverAsync(CancellationToken.None);
            foreach (var (body, encoding) in new[] { (IngestCorpus.Logs[0], BodyEncoding.Protobuf), (IngestCorpus.LogsJson[0], BodyEncoding.Json) })
            {
                using var batch = new LogBatch(MemoryBudget.Unlimited("corpus"));
                OtlpLogDecoder.Decode(body, encoding, Now, LogIntakeOptions.Default, batch, new DecodeOutcome());
                (await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None)).Accepted.ShouldBeGreaterThan(0);
            }
        }),
        payload => ReplayInto((slabs, budget) => new LogHead(slabs, budget), payload));

    [Fact]
    public async Task Span_records() => FuzzRun.Each(
        await PayloadsAsync(Signal.Traces, async services =>
        {
            await using var store = new TraceStore(new TraceStoreOptions(), Heads(Signal.Traces), services);
            await store.RecoverAsync(CancellationToken.None);
            foreach (var (body, encoding) in new[] { (IngestCorpus.Traces[1], BodyEncoding.Protobuf), (IngestCorpus.TracesJson[0], BodyEncoding.Json) })
            {
                using var batch = new SpanBatch(MemoryBudget.Unlimited("corpus"));
                OtlpTraceDecoder.Decode(body, encoding, batch, new DecodeOutcome());
                (await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None)).Accepted.ShouldBeGreaterThan(0);
            }
        }),
        payload => ReplayInto((slabs, budget) => new TraceHead(slabs, budget), payload));

    [Fact]
    public void A_record_of_a_newer_version_is_told_from_a_damaged_one()
    {
        Func<SlabPool, MemoryBudget, IHead>[] heads = [(s, b) => new MetricHead(s, b), (s, b) => new LogHead(s, b), (s, b) => new TraceHead(s, b)];
        foreach (var create in heads)
        {
            var budget = new MemoryBudget("newer", BudgetBytes);
            using var slabs = new SlabPool(budget, SlabPool.MinSlabSizeBytes);
            using var head = create(slabs, budget);
            Should.Throw<WalTooNewException>(() => Replay(head, [200, 1, 2, 3]));
            Should.Throw<InvalidDataException>(() => Replay(head, [0, 1, 2, 3]));
        }

        static void Replay(IHead head, byte[] payload) => head.Replay(
            new WalRecord { Sequence = 1, Segment = 1, Tenant = TenantId.Default, ReceivedUnixMs = 1, RequestHash = null, Payload = payload });
    }

    private static HeadOptions Heads(Signal signal) => HeadOptions.For(signal, "/d");

    /// <summary>What a store wrote to its WAL for valid requests.</summary>
    private static async Task<byte[][]> PayloadsAsync(Signal signal, Func<StorageServices, Task> append)
    {
        var disk = new FaultyDisk();
        var metastore = new MemoryMetastore();
        var events = new RecordingEvents();
        using var objects = new LocalObjectStore(disk, "/d/objects");
        var clock = new ManualClock(Now);
        await using var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), clock, events, CancellationToken.None);
        await append(new StorageServices(disk, objects, metastore, catalog, clock, events));
        var payloads = new List<byte[]>();
        WalReplay.Run(
            disk, Heads(signal).Wal, default(WalRetirement), (in WalRecord r) => payloads.Add(r.Payload.ToArray()), null, events, CancellationToken.None);
        payloads.ShouldNotBeEmpty();
        return [.. payloads];
    }

    private static void ReplayInto(Func<SlabPool, MemoryBudget, IHead> create, byte[] payload)
    {
        var budget = new MemoryBudget("fuzz", BudgetBytes);
        using (var slabs = new SlabPool(budget, SlabPool.MinSlabSizeBytes))
        using (var head = create(slabs, budget))
        {
            var record = new WalRecord { Sequence = 1, Segment = 1, Tenant = TenantId.Default, ReceivedUnixMs = 1, RequestHash = null, Payload = payload };
            try
            {
                head.Replay(in record);
                if (!head.IsEmpty) head.MinTime.ShouldBeLessThanOrEqualTo(head.MaxTime);
            }
            catch (Exception e) when (e is InvalidDataException or WalTooNewException)
            {
                (head.IsEmpty, head.MinTime, head.MaxTime).ShouldBe((true, long.MaxValue, long.MinValue), "nothing of a refused record is in");
            }
        }

        budget.Used.ShouldBe(0);
    }
}
