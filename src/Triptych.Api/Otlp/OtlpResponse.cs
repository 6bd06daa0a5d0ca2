using System.Text;
using System.Text.Json;
using Triptych.Ingest;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Api.Otlp;

/// <summary>
/// The answers of OTLP (https://opentelemetry.io/docs/specs/otlp/): <c>Export…ServiceResponse { partial_success 1 { rejected 1, error_message 2 } }</c>
/// and, for failures, <c>google.rpc.Status { code 1, message 2 }</c>, each in the request's own encoding.
/// </summary>
internal static class OtlpResponse
{
    private const int MaxMessageLength = 1024;

    /// <summary>Success, with what was refused and why.</summary>
    public static byte[] Success(Signal signal, AppendResult result, BodyEncoding encoding)
    {
        if (result.Refusals.Count == 0) return encoding == BodyEncoding.Json ? "{}"u8.ToArray() : [];
        var message = Describe(result);
        return encoding == BodyEncoding.Json ? JsonPartialSuccess(signal, result.Refused, message) : ProtobufPartialSuccess(result.Refused, message);
    }

    /// <summary>A failure.</summary>
    public static byte[] Failure(int grpcCode, string message, BodyEncoding encoding)
    {
        if (encoding == BodyEncoding.Json)
        {
            return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["code"] = grpcCode, ["message"] = message });
        }

        using var buffer = new PooledBufferWriter();
        var writer = new ProtoWriter(buffer);
        writer.WriteVarint(1, (ulong)grpcCode);
        writer.WriteBytes(2, Encoding.UTF8.GetBytes(message));
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A <c>google.rpc.Status</c> with <c>RetryInfo</c>, which tells gRPC clients that and when they may try again.</summary>
    public static byte[] RetryLater(int grpcCode, string message, TimeSpan after)
    {
        using var info = new PooledBufferWriter();
        using var any = new PooledBufferWriter();
        using var status = new PooledBufferWriter();
        using var duration = new PooledBufferWriter();
        new ProtoWriter(duration).WriteVarint(1, (ulong)Math.Max(1, Math.Ceiling(after.TotalSeconds)));
        new ProtoWriter(info).WriteBytes(1, duration.WrittenSpan);
        var anyWriter = new ProtoWriter(any);
        anyWriter.WriteBytes(1, "type.googleapis.com/google.rpc.RetryInfo"u8);
        anyWriter.WriteBytes(2, info.WrittenSpan);
        var writer = new ProtoWriter(status);
        writer.WriteVarint(1, (ulong)grpcCode);
        writer.WriteBytes(2, Encoding.UTF8.GetBytes(message));
        writer.WriteBytes(3, any.WrittenSpan);
        return status.WrittenSpan.ToArray();
    }

    private static string Describe(AppendResult result)
    {
        var text = new StringBuilder();
        foreach (var refusal in result.Refusals)
        {
            if (text.Length > 0) text.Append("; ");
            text.Append(refusal.Count).Append(" × ").Append(refusal.Reason).Append(": ").Append(refusal.Detail);
            if (text.Length > MaxMessageLength) return text.ToString(0, MaxMessageLength) + "…";
        }

        return text.ToString();
    }

    private static byte[] JsonPartialSuccess(Signal signal, long refused, string message)
    {
        var rejected = signal switch
        {
            Signal.Metrics => "rejectedDataPoints",
            Signal.Logs => "rejectedLogRecords",
            _ => "rejectedSpans",
        };
        var partial = new Dictionary<string, object>
        {
            // 64-bit integers are strings in protobuf's JSON.
            [rejected] = refused.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["errorMessage"] = message,
        };
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["partialSuccess"] = partial });
    }

    private static byte[] ProtobufPartialSuccess(long refused, string message)
    {
        using var partial = new PooledBufferWriter();
        var partialWriter = new ProtoWriter(partial);
        partialWriter.WriteVarint(1, (ulong)refused);
        partialWriter.WriteBytes(2, Encoding.UTF8.GetBytes(message));
        using var response = new PooledBufferWriter();
        new ProtoWriter(response).WriteBytes(1, partial.WrittenSpan);
        return response.WrittenSpan.ToArray();
    }
}
