using System.Text;
using System.Text.Json;

namespace Triptych.LogQL.Templates;

/// <summary>Values with others inside: JSON, and what lies in it.</summary>
internal static class CollectionFunctions
{
    private const int Any = int.MaxValue;

    /// <summary>What one JSON text may hold; each costs some hundred bytes while the row is worked on.</summary>
    private const int MaxJsonValues = 100_000;

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 64 };

    public static void AddTo(Dictionary<string, TemplateFunction> all)
    {
        all["fromJson"] = new(1, 1, (a, _) => a[0] is string text ? FromJson(text) : null);
        all["len"] = new(1, 1, (a, _) => Length(a[0])) { TakesAny = true };
        all["index"] = new(1, Any, (a, _) => Index(a)) { TakesAny = true };
        all["slice"] = new(1, 3, (a, _) => Slice(a)) { TakesAny = true };
    }

    private static object? Length(object value) => value switch
    {
        string text => (long)Encoding.UTF8.GetByteCount(text),
        TemplateMap map => (long)map.Entries.Count,
        IReadOnlyList<object> list => (long)list.Count,
        _ => null,
    };

    private static object? Index(object[] arguments)
    {
        var value = arguments[0];
        foreach (var key in arguments.AsSpan(1))
        {
            object? inner = (value, key) switch
            {
                (TemplateMap map, string name) => map[name],
                (IReadOnlyList<object> list, long at) when at >= 0 && at < list.Count => list[(int)at],
                (string text, long at) when at >= 0 && at < Encoding.UTF8.GetByteCount(text) => (long)Encoding.UTF8.GetBytes(text)[at],
                _ => null,
            };
            if (inner is null) return null;
            value = inner;
        }

        return value;
    }

    /// <summary>A part of a text, in bytes, or of a list, between two indexes.</summary>
    private static object? Slice(object[] arguments)
    {
        if (Array.Exists(arguments[1..], bound => bound is not long)) return null;
        var bytes = arguments[0] is string text ? Encoding.UTF8.GetBytes(text) : null;
        var list = arguments[0] as IReadOnlyList<object>;
        if (bytes is null && list is null) return null;
        var length = bytes?.Length ?? list!.Count;
        var start = arguments.Length > 1 ? (long)arguments[1] : 0;
        var end = arguments.Length > 2 ? (long)arguments[2] : length;
        if (start < 0 || end > length || start > end) return null;
        return bytes is not null
            ? Encoding.UTF8.GetString(bytes, (int)start, (int)(end - start))
            : list!.Skip((int)start).Take((int)(end - start)).ToArray();
    }

    /// <summary>The values of a JSON text; nil where it is none; null where it holds too many.</summary>
    private static object? FromJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, s_json);
            var left = MaxJsonValues;
            return Convert(document.RootElement, ref left);
        }
        catch (JsonException)
        {
            return TemplateNil.Value;
        }
        catch (Exception halfPair) when (halfPair is InvalidOperationException or ArgumentException)
        {
            // Half of a surrogate pair, as an escape or where a function cut the text, is no character.
            return null;
        }
    }

    private static object? Convert(JsonElement element, ref int left)
    {
        if (--left < 0) return null;
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return element.GetDouble();
            case JsonValueKind.True or JsonValueKind.False:
                return element.GetBoolean();
            case JsonValueKind.Array:
                var items = new List<object>();
                foreach (var item in element.EnumerateArray())
                {
                    if (Convert(item, ref left) is not { } value) return null;
                    items.Add(value);
                }

                return items;
            case JsonValueKind.Object:
                var entries = new List<KeyValuePair<string, object>>();
                foreach (var property in element.EnumerateObject())
                {
                    if (Convert(property.Value, ref left) is not { } value) return null;
                    entries.Add(KeyValuePair.Create(property.Name, value));
                }

                return new TemplateMap(entries, TemplateNil.Value);
            default:
                return TemplateNil.Value;
        }
    }
}
