using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Stages;

/// <summary><c>json</c>: every key of the object, nested keys joined by underscores and arrays left out, or the given paths only.</summary>
internal sealed class JsonRowStage : ParserRowStage
{
    public const string Error = "JSONParserErr";

    private const int MaxDepth = 64;

    private readonly List<(int Label, IReadOnlyList<JsonPathStep> Path)> _paths = [];
    private byte[] _key = new byte[256];
    private byte[] _text = new byte[1024];
    private int _place;

    public JsonRowStage(JsonStage stage, SymbolTable symbols, IReadOnlySet<string>? wanted)
        : base(symbols, wanted)
    {
        foreach (var extraction in stage.Extractions)
            _paths.Add((symbols.Intern(extraction.Label), JsonPath.Parse(extraction.Expression)));
    }

    public override bool Apply(ref Row row)
    {
        if (TryKeepKnown(ref row)) return true;
        if (_paths.Count > 0)
        {
            foreach (var (label, path) in _paths)
            {
                var json = new JsonText(row.Line);
                if (!TryFind(ref row, ref json, label, path)) Fail(ref row);
            }

            return true;
        }

        _place = 0;
        var whole = new JsonText(row.Line);
        if (!whole.TryTake((byte)'{') || !TryReadObject(ref row, ref whole, 0, 0)) Fail(ref row);
        return true;
    }

    private static void Fail(ref Row row) => row.Labels.Fail(Error, "the line is not a JSON object");

    private bool TryReadObject(ref Row row, ref JsonText json, int prefixLength, int depth)
    {
        if (depth > MaxDepth) return false;
        if (json.TryTake((byte)'}')) return true;
        do
        {
            if (!json.TryReadString(out var key, out var escaped) || !json.TryTake((byte)':')) return false;
            if (escaped) key = JsonText.Unescape(key, ref _text);
            var length = WriteKey(prefixLength, key);
            if (!TryReadValue(ref row, ref json, length, depth)) return false;
        }
        while (json.TryTake((byte)','));
        return json.TryTake((byte)'}');
    }

    private bool TryReadValue(ref Row row, ref JsonText json, int keyLength, int depth)
    {
        switch (json.Peek())
        {
            case JsonKind.Object:
                return json.TryTake((byte)'{') && TryReadObject(ref row, ref json, keyLength, depth + 1);
            case JsonKind.Array:
                return json.TrySkip(out _);
            case JsonKind.String:
                if (!json.TryReadString(out var text, out var escaped)) return false;
                var name = NameFor(_key.AsSpan(0, keyLength), _place++);
                if (name != SymbolTable.Empty) Keep(ref row, name, escaped ? JsonText.Unescape(text, ref _text) : text);
                return true;
            case JsonKind.Null:
                return json.TryReadScalar(out _);
            default:
                if (!json.TryReadScalar(out var raw)) return false;
                Keep(ref row, NameFor(_key.AsSpan(0, keyLength), _place++), raw);
                return true;
        }
    }

    private int WriteKey(int prefixLength, ReadOnlySpan<byte> key)
    {
        var needed = prefixLength + key.Length + 1;
        if (_key.Length < needed) Array.Resize(ref _key, needed * 2);
        if (prefixLength > 0) _key[prefixLength++] = (byte)'_';
        key.CopyTo(_key.AsSpan(prefixLength));
        return prefixLength + key.Length;
    }

    /// <summary>Follows one path; what is not there leaves no label. False where the line is no JSON.</summary>
    private bool TryFind(ref Row row, ref JsonText json, int label, IReadOnlyList<JsonPathStep> path)
    {
        if (json.Peek() != JsonKind.Object) return false;
        foreach (var step in path)
        {
            var found = step.Key is null ? TryEnterIndex(ref json, step.Index, out var valid) : TryEnterKey(ref json, step.Key, out valid);
            if (!found) return valid;
        }

        if (json.Peek() == JsonKind.String)
        {
            if (!json.TryReadString(out var text, out var escaped)) return false;
            Keep(ref row, label, escaped ? JsonText.Unescape(text, ref _text) : text);
            return true;
        }

        var isNull = json.Peek() == JsonKind.Null;
        if (!json.TrySkip(out var raw)) return false;
        if (!isNull) Keep(ref row, label, raw);
        return true;
    }

    private bool TryEnterKey(ref JsonText json, string wanted, out bool valid)
    {
        valid = true;
        if (json.Peek() != JsonKind.Object) return false;
        json.TryTake((byte)'{');
        if (json.TryTake((byte)'}')) return false;
        do
        {
            if (!json.TryReadString(out var key, out var escaped) || !json.TryTake((byte)':'))
            {
                valid = false;
                return false;
            }

            if (escaped) key = JsonText.Unescape(key, ref _text);
            if (EqualsText(key, wanted)) return true;
            valid = json.TrySkip(out _);
        }
        while (valid && json.TryTake((byte)','));
        valid &= json.TryTake((byte)'}');
        return false;
    }

    private static bool TryEnterIndex(ref JsonText json, int index, out bool valid)
    {
        valid = true;
        if (json.Peek() != JsonKind.Array) return false;
        json.TryTake((byte)'[');
        if (json.TryTake((byte)']')) return false;
        for (; index > 0; index--)
        {
            valid = json.TrySkip(out _);
            if (!valid || !json.TryTake((byte)',')) return false;
        }

        return true;
    }

    private static bool EqualsText(ReadOnlySpan<byte> utf8, string text)
    {
        Span<byte> buffer = stackalloc byte[256];
        return System.Text.Encoding.UTF8.TryGetBytes(text, buffer, out var length)
            ? utf8.SequenceEqual(buffer[..length])
            : utf8.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
