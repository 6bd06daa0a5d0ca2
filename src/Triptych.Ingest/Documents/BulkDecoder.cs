using System.Globalization;
using System.Text;
using System.Text.Json;
using Triptych.Ingest.Text;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Documents;

/// <summary>
/// Decodes the body of Elasticsearch's <c>_bulk</c> into log records and writes what became of each item as Elasticsearch says it. Items are
/// created or indexed, which is the same here; updates and deletions are refused, each by name. Any thread may call.
/// </summary>
public static class BulkDecoder
{
    /// <summary>Items of a request: each has an answer of about 150 bytes.</summary>
    public const int MaxItems = 100_000;

    /// <summary>
    /// Decodes a body. Returns whether an item was refused; <see cref="DecodeOutcome.Error"/> where an action cannot be read, after which nothing can.
    /// </summary>
    /// <param name="body">The decompressed body: lines of actions, each with its document in the next one.</param>
    /// <param name="request">What the request says beside its body.</param>
    /// <param name="into">Where records go.</param>
    /// <param name="outcome">How it went.</param>
    /// <param name="items">Takes the items of the answer, with commas between them.</param>
    public static bool Decode(ReadOnlySpan<byte> body, BulkRequest request, LogBatch into, DecodeOutcome outcome, PooledBufferWriter items)
    {
        into.Reserve(body.Length);
        using var run = new Run(request, into, outcome, items);
        while (!body.IsEmpty && outcome.Error is null)
        {
            var action = DocumentLines.Take(ref body);
            if (!action.IsEmpty) run.Take(action, ref body);
        }

        return run.HasErrors;
    }

    private sealed class Run(BulkRequest request, LogBatch batch, DecodeOutcome outcome, PooledBufferWriter items) : IDisposable
    {
        private readonly DocumentReader _documents = new(request.Options, request.Intake, request.Now, batch, outcome);
        private readonly PooledBufferWriter _index = new();
        private readonly PooledBufferWriter _id = new();
        private readonly PooledBufferWriter _scratch = new(capacity: 0);
        private readonly ValidText _valid = new();
        private readonly byte[] _defaultIndex = Encoding.UTF8.GetBytes(request.DefaultIndex ?? "");
        private int _count;

        public bool HasErrors { get; private set; }

        public void Dispose()
        {
            _documents.Dispose();
            _index.Dispose();
            _id.Dispose();
            _scratch.Dispose();
            _valid.Dispose();
        }

        public void Take(ReadOnlySpan<byte> action, scoped ref ReadOnlySpan<byte> body)
        {
            if (++_count > MaxItems)
            {
                outcome.Fail($"a bulk request has more than {MaxItems} items: send smaller ones");
                return;
            }

            var name = ReadAction(action, out var error);
            if (error is not null)
            {
                outcome.Fail($"malformed action in item {_count}: {error}");
                return;
            }

            if (name is "delete")
            {
                Unsupported(name);
                return;
            }

            var document = DocumentLines.Take(ref body);
            if (name is "update") Unsupported(name);
            else TakeDocument(name!, document);
        }

        private void TakeDocument(string action, ReadOnlySpan<byte> document)
        {
            if (_index.Length == 0)
            {
                Refuse(action, 400, "action_request_validation_exception", "index is missing", "malformed");
                return;
            }

            _documents.OwnLabels.Add(("index"u8.ToArray(), _index.WrittenSpan.ToArray()));
            if (_documents.Read(document))
            {
                WriteStart(action);
                items.Write(",\"_version\":1,\"result\":\"created\",\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},\"_seq_no\":"u8);
                JsonTextWriter.WriteInt(_count - 1, items);
                items.Write(",\"_primary_term\":1,\"status\":201}}"u8);
                return;
            }

            var refused = outcome.LastRefused!;
            var type = refused.Reason is "malformed" or "invalid_time" ? "document_parsing_exception" : "illegal_argument_exception";
            WriteError(action, 400, type, refused.Detail);
        }

        private void Unsupported(string action) =>
            Refuse(action, 400, "illegal_argument_exception", $"action [{action}] is not supported: log records are only added", "unsupported_action");

        private void Refuse(string action, int status, string type, string detail, string reason)
        {
            outcome.Refuse(reason, detail);
            WriteError(action, status, type, detail);
        }

        private void WriteError(string action, int status, string type, string detail)
        {
            HasErrors = true;
            WriteStart(action);
            items.Write(",\"status\":"u8);
            JsonTextWriter.WriteInt(status, items);
            items.Write(",\"error\":{\"type\":"u8);
            JsonTextWriter.WriteString(Encoding.UTF8.GetBytes(type), items);
            items.Write(",\"reason\":"u8);
            JsonTextWriter.WriteString(Encoding.UTF8.GetBytes(detail), items);
            items.Write("}}}"u8);
        }

        private void WriteStart(string action)
        {
            if (items.Length > 0) items.WriteByte((byte)',');
            items.WriteByte((byte)'{');
            JsonTextWriter.WriteString(Encoding.UTF8.GetBytes(action), items);
            items.Write(":{\"_index\":"u8);
            WriteValid(_index.WrittenSpan);
            items.Write(",\"_id\":"u8);
            if (_id.Length == 0) _id.WriteUtf8(string.Create(CultureInfo.InvariantCulture, $"{request.Id}-{_count}"));
            WriteValid(_id.WrittenSpan);
        }

        private void WriteValid(ReadOnlySpan<byte> text) => JsonTextWriter.WriteString(_valid.Of(text), items);

        /// <summary>Reads <c>{"create":{"_index":"…","_id":"…"}}</c>; other parameters of an action mean nothing here.</summary>
        private string? ReadAction(ReadOnlySpan<byte> line, out string? error)
        {
            _index.Reset();
            _index.Write(_defaultIndex);
            _id.Reset();
            error = null;
            try
            {
                var reader = new Utf8JsonReader(line);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
                {
                    error = "an object with one action is expected";
                    return null;
                }

                var name = Encoding.UTF8.GetString(JsonUnescape.Read(reader, line, _scratch));
                if (name is not ("create" or "index" or "update" or "delete")) error = "an action is one of create, index, update, delete";
                else if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) error = $"the action {name} must be an object";
                else ReadParameters(ref reader, line);
                while (error is null && reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.PropertyName) error = "an object with one action is expected";
                }

                return name;
            }
            catch (JsonException e)
            {
                error = e.Message;
                return null;
            }
        }

        private void ReadParameters(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var parameter = JsonUnescape.Read(reader, line, _scratch);
                var target = parameter.SequenceEqual("_index"u8) ? _index : parameter.SequenceEqual("_id"u8) ? _id : null;
                reader.Read();
                if (target is not null && reader.TokenType == JsonTokenType.String)
                {
                    target.Reset();
                    target.Write(JsonUnescape.Read(reader, line, _scratch));
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }
}

/// <summary>What a bulk request says beside its body.</summary>
/// <param name="DefaultIndex">The index of its path, or null.</param>
/// <param name="Id">What documents without an identifier are called, with their number behind it.</param>
/// <param name="Now">The time of documents that have none.</param>
/// <param name="Options">Which fields say what.</param>
/// <param name="Intake">Limits, and what is found out.</param>
public sealed record BulkRequest(string? DefaultIndex, string Id, DateTimeOffset Now, DocumentOptions Options, LogIntakeOptions Intake);
