using System.Buffers;
using System.Buffers.Binary;
using Microsoft.AspNetCore.Http;
using Triptych.Columnar.Samples;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Protobuf;
using Triptych.Query.Budgets;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>
/// An answer as it is streamed: frames of about <paramref name="maxFrameBytes"/> at most, each with chunks of one series, which goes on in the next frame where
/// it is longer:
/// <code>
/// frame                 uvarint(length of message)  crc32c:u32 big-endian  message
/// ChunkedReadResponse   chunked_series:1 (ChunkedSeries)  query_index:2
/// ChunkedSeries         labels:1  chunks:2 (Chunk)         Chunk  min_time_ms:1  max_time_ms:2  type:3  data:4
/// </code>
/// </summary>
internal sealed class ChunkedAnswer(QueryContext context, HttpResponse response, int maxFrameBytes) : IDisposable
{
    private const int MaxChunkSamples = 120;
    private const int MaxChunkBytes = 64 * 1024;
    private const ulong FloatChunk = 1;
    private const ulong IntegerHistogramChunk = 2;
    private const ulong FloatHistogramChunk = 3;

    private readonly PooledBufferWriter _frame = new();
    private readonly ChunkBits _bits = new();
    private FloatChunkWriter? _floats;
    private HistogramChunkWriter? _histograms;
    private long _charged;
    private int _unsent;
    private MessageMark _series;
    private bool _areIntegers;
    private ulong _encoding;
    private int _samples;
    private long _chunkStartMs;
    private long _chunkEndMs;

    /// <summary>Sends the series of a batch.</summary>
    public async ValueTask AddAsync(SampleBatch batch, int queryIndex)
    {
        for (var i = 0; i < batch.SeriesCount; i++)
        {
            context.Tick();
            if (!response.HasStarted) await response.StartAsync(context.CancellationToken);
            _areIntegers = ReadHistograms.AreIntegers(batch.HistogramsOf(i));
            BeginFrame(batch, i);
            var next = 0;
            while ((next = WriteChunk(batch, i, next)) < batch.ValuesOf(i).Length)
            {
                if (_frame.Length < maxFrameBytes - MaxChunkBytes) continue;
                await SendFrameAsync(queryIndex);
                BeginFrame(batch, i);
            }

            await SendFrameAsync(queryIndex);
        }
    }

    /// <summary>Sends what is left.</summary>
    public async ValueTask EndAsync() => await response.BodyWriter.FlushAsync(context.CancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _frame.Dispose();
        _bits.Dispose();
    }

    private void BeginFrame(SampleBatch batch, int series)
    {
        _frame.Reset();
        var writer = new ProtoWriter(_frame);
        _series = writer.BeginMessage(1, 2);
        ReadLabels.Write(writer, context.Symbols, batch.LabelsOf(series));
    }

    private async ValueTask SendFrameAsync(int queryIndex)
    {
        var writer = new ProtoWriter(_frame);
        writer.EndMessage(_series);
        writer.WriteInt64(2, queryIndex);
        WriteFrame();
        var held = (_frame.Length * 2L) + _bits.Length;
        if (held > _charged)
        {
            context.Charge(held - _charged);
            _charged = held;
        }

        if (_unsent < ApiResponse.FlushBytes) return;
        _unsent = 0;
        await response.BodyWriter.FlushAsync(context.CancellationToken);
    }

    private void WriteFrame()
    {
        var message = _frame.WrittenSpan;
        Span<byte> head = stackalloc byte[Varint.MaxLength + sizeof(uint)];
        var length = Varint.Write(head, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32BigEndian(head[length..], Crc32C.Compute(message));
        response.BodyWriter.Write(head[..(length + sizeof(uint))]);
        response.BodyWriter.Write(message);
        _unsent += length + sizeof(uint) + message.Length;
    }

    /// <summary>Writes one chunk that begins with sample <paramref name="first"/>; returns the sample behind it.</summary>
    private int WriteChunk(SampleBatch batch, int series, int first)
    {
        var times = batch.TimestampsMsOf(series);
        var values = batch.ValuesOf(series);
        if (values.IsEmpty) return 0;
        var histograms = batch.HistogramsOf(series);
        var end = histograms.IsEmpty || histograms[first] is null
            ? WriteFloats(times, values, histograms, first)
            : WriteHistograms(times, histograms, first);
        (_chunkStartMs, _chunkEndMs, _samples) = (times[first], times[end - 1], end - first);
        AddChunk();
        return end;
    }

    private int WriteFloats(ReadOnlySpan<long> times, ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms, int first)
    {
        _encoding = FloatChunk;
        var writer = _floats ??= new FloatChunkWriter(_bits);
        writer.Begin();
        var end = first;
        while (end < values.Length && end - first < MaxChunkSamples && (histograms.IsEmpty || histograms[end] is null))
        {
            writer.Add(times[end], values[end]);
            end++;
        }

        return end;
    }

    private int WriteHistograms(ReadOnlySpan<long> times, ReadOnlySpan<FloatHistogram?> histograms, int first)
    {
        _encoding = _areIntegers ? IntegerHistogramChunk : FloatHistogramChunk;
        var writer = _histograms ??= new HistogramChunkWriter(_bits);
        var previous = histograms[first]!;
        if (SpecialValues.IsStale(previous.Sum)) previous = ReadHistograms.Stale;
        writer.Begin(previous, _areIntegers);
        writer.Add(times[first], previous);
        var end = first + 1;
        while (end < histograms.Length && end - first < MaxChunkSamples && _bits.Length < MaxChunkBytes
            && histograms[end] is { } histogram && ReadHistograms.GoesOn(histogram, previous))
        {
            writer.Add(times[end++], histogram);
            previous = histogram;
        }

        return end;
    }

    private void AddChunk()
    {
        var writer = new ProtoWriter(_frame);
        var chunk = writer.BeginMessage(2, 2);
        writer.WriteInt64(1, _chunkStartMs);
        writer.WriteInt64(2, _chunkEndMs);
        writer.WriteVarint(3, _encoding);
        writer.WriteBytes(4, _bits.Finish(_samples));
        writer.EndMessage(chunk);
    }
}
