using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Triptych.Ingest.PrometheusTsdb;
using Triptych.Ingest.Tests.Protos.Push;
using Triptych.Ingest.Tests.Protos.Read;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;
using BucketSpan = Triptych.Model.Metrics.BucketSpan;
using ReadQuery = Triptych.Ingest.Tests.Protos.Read.Query;

namespace Triptych.Api.Tests.Prometheus.RemoteRead;

/// <summary>A client of remote read that takes apart what it gets.</summary>
internal static class Reader
{
    public const int Samples = 0;
    public const int Chunks = 1;

    public static ReadQuery QueryOf(long startMs, long endMs, string name, string? func = null, long hintStartMs = 0, long hintEndMs = 0) => new()
    {
        StartTimestampMs = startMs,
        EndTimestampMs = endMs,
        Matchers = { new LabelMatcher { Type = 2, Name = "__name__", Value = name } },
        Hints = new ReadHints { Func = func ?? "", StartMs = hintStartMs, EndMs = hintEndMs },
    };

    public static Task<(HttpStatusCode Status, HttpContent Content)> SendAsync(PrometheusServer server, int kind, params ReadQuery[] queries)
    {
        var request = new ReadRequest { AcceptedResponseTypes = { kind } };
        request.Queries.AddRange(queries);
        return SendAsync(server, Snappy(request.ToByteArray()));
    }

    public static async Task<(HttpStatusCode Status, HttpContent Content)> SendAsync(PrometheusServer server, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.Add("Content-Type", "application/x-protobuf");
        content.Headers.Add("Content-Encoding", "snappy");
        var response = await server.Client.PostAsync("/api/v1/read", content, TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Content);
    }

    /// <summary>What each query found: labels, and values or histograms by time.</summary>
    public static async Task<List<List<ReadSeries>>> ReadAsync(PrometheusServer server, int kind, params ReadQuery[] queries)
    {
        var (status, content) = await SendAsync(server, kind, queries);
        status.ShouldBe(HttpStatusCode.OK, await content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var body = await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        if (kind == Samples)
        {
            content.Headers.ContentType!.ToString().ShouldBe("application/x-protobuf");
            content.Headers.ContentEncoding.ShouldHaveSingleItem().ShouldBe("snappy");
            return [.. ReadResponse.Parser.ParseFrom(Plain(body)).Results.Select(result => result.Timeseries.Select(Of).ToList())];
        }

        content.Headers.ContentType!.ToString().ShouldBe("application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
        var found = queries.Select(_ => new List<ReadSeries>()).ToList();
        foreach (var frame in Frames(body))
        {
            // Prometheus takes the first series of a frame only.
            var series = Of(frame.ChunkedSeries.ShouldHaveSingleItem());
            var into = found[(int)frame.QueryIndex];
            if (into.Count > 0 && into[^1].Labels == series.Labels) into[^1].Append(series);
            else into.Add(series);
        }

        return found;
    }

    public static IEnumerable<ChunkedReadResponse> Frames(byte[] body)
    {
        for (var at = 0; at < body.Length;)
        {
            var read = Varint.Read(body.AsSpan(at), out var length);
            read.ShouldBeGreaterThan(0);
            at += read;
            var sum = BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(at));
            var message = body.AsMemory(at + 4, (int)length);
            Crc32C.Compute(message.Span).ShouldBe(sum);
            at += 4 + (int)length;
            yield return ChunkedReadResponse.Parser.ParseFrom(message.ToArray());
        }
    }

    public static byte[] Snappy(byte[] message)
    {
        using var output = new PooledBufferWriter();
        Primitives.Compression.Snappy.Compress(message, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Plain(byte[] compressed)
    {
        var budget = MemoryBudget.Unlimited("test");
        Primitives.Compression.Snappy.TryDecompress(compressed, int.MaxValue, budget, out var plain).ShouldBe(CodecStatus.Done);
        using (plain) return plain!.Span.ToArray();
    }

    private static ReadSeries Of(TimeSeries series)
    {
        var read = new ReadSeries(LabelsOf(series.Labels));
        foreach (var sample in series.Samples) read.Add(sample.Timestamp, sample.Value);
        foreach (var histogram in series.Histograms) read.Add(histogram.Timestamp, Of(histogram));
        return read;
    }

    private static ReadSeries Of(ChunkedSeries series)
    {
        var read = new ReadSeries(LabelsOf(series.Labels));
        foreach (var chunk in series.Chunks)
        {
            var before = read.Points.Count;
            new ChunkDecoder().Decode((byte)chunk.Type, chunk.Data.Span, read).ShouldBeNull();
            var times = read.Points.Keys.Skip(before).ToList();
            times.Count.ShouldBeInRange(1, 120);
            (times[0], times[^1]).ShouldBe((chunk.MinTimeMs, chunk.MaxTimeMs));
            read.Encodings.Add(chunk.Type);
        }

        return read;
    }

    private static FloatHistogram Of(Histogram histogram) => new()
    {
        Schema = histogram.Schema,
        ResetHint = (CounterResetHint)histogram.ResetHint,
        ZeroThreshold = histogram.ZeroThreshold,
        ZeroCount = histogram.HasCountFloat ? histogram.ZeroCountFloat : histogram.ZeroCountInt,
        Count = histogram.HasCountFloat ? histogram.CountFloat : histogram.CountInt,
        Sum = histogram.Sum,
        PositiveSpans = [.. histogram.PositiveSpans.Select(span => new BucketSpan(span.Offset, span.Length))],
        PositiveBuckets = histogram.HasCountFloat ? [.. histogram.PositiveCounts] : Counts(histogram.PositiveDeltas),
        NegativeSpans = [.. histogram.NegativeSpans.Select(span => new BucketSpan(span.Offset, span.Length))],
        NegativeBuckets = histogram.HasCountFloat ? [.. histogram.NegativeCounts] : Counts(histogram.NegativeDeltas),
        CustomBounds = [.. histogram.CustomValues],
    };

    private static List<double> Counts(IEnumerable<long> deltas)
    {
        var count = 0L;
        return [.. deltas.Select(delta => (double)(count += delta))];
    }

    private static string LabelsOf(IEnumerable<Label> labels) => string.Join(',', labels.Select(label => $"{label.Name}={label.Value}"));
}

/// <summary>A series that was read.</summary>
internal sealed class ReadSeries(string labels) : ITsdbSamples
{
    public string Labels { get; } = labels;

    /// <summary>The kinds of its chunks.</summary>
    public List<int> Encodings { get; } = [];

    /// <summary>By time, in the order in which they came: the bits of a float, or a histogram as text.</summary>
    public OrderedDictionary<long, string> Points { get; } = [];

    public void Add(long timestampMs, double value) => Points.Add(timestampMs, Describe(value));

    public void Add(long timestampMs, FloatHistogram histogram) => Points.Add(timestampMs, Describe(histogram));

    public void Append(ReadSeries next)
    {
        Encodings.AddRange(next.Encodings);
        foreach (var (time, point) in next.Points) Points.Add(time, point);
    }

    public static string Describe(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("x16", null);

    /// <summary>Everything but what it says of its counter, where it is no gauge: chunks say that in their own way.</summary>
    public static string Describe(FloatHistogram histogram) => SpecialValues.IsStale(histogram.Sum) ? "stale" : string.Join(
        ' ', histogram.Schema, histogram.ResetHint == CounterResetHint.Gauge ? "gauge" : "counter", histogram.ZeroThreshold, histogram.ZeroCount,
        histogram.Count, histogram.Sum, string.Join(',', histogram.PositiveSpans), string.Join(',', histogram.PositiveBuckets),
        string.Join(',', histogram.NegativeSpans), string.Join(',', histogram.NegativeBuckets), string.Join(',', histogram.CustomBounds));
}
