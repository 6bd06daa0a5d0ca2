using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Triptych.Api.Dashboards;

/// <summary>
/// A dashboard as Grafana writes it. Of the document only <c>id</c>, <c>uid</c> and <c>version</c> are the server's; every other property keeps its text to
/// the letter, whatever it means.
/// </summary>
public sealed class DashboardDocument
{
    /// <summary>The largest document in bytes.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>The longest title in characters.</summary>
    public const int MaxTitleLength = 500;

    private const int MaxTags = 100;

    // Rows hold panels, panels hold options of any kind: what nests deeper is no dashboard.
    private const int MaxDepth = 100;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaxDepth };
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth + 8 };

    private readonly JsonElement _root;

    private DashboardDocument(JsonElement root, string title, string uid, int version, IReadOnlyList<string> tags)
    {
        _root = root;
        Title = title;
        Uid = uid;
        Version = version;
        Tags = tags;
    }

    /// <summary>The title, not empty.</summary>
    public string Title { get; }

    /// <summary>The id that it asks for; empty for none.</summary>
    public string Uid { get; }

    /// <summary>The version that it was made from; 0 where it does not say.</summary>
    public int Version { get; }

    /// <summary>The tags.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Parses JSON text with the depth that dashboards may have.</summary>
    /// <exception cref="JsonException">It is no JSON, or nests too deep.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json) =>
        Utf8.IsValid(json.Span) ? JsonDocument.Parse(json, Reading) : throw new JsonException("it is no UTF-8");

    /// <summary>Reads what the server has to know of a dashboard. The element has to live as long as the result.</summary>
    /// <returns>The document, or why it is none.</returns>
    public static (DashboardDocument? Document, string? Problem) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return (null, "dashboard is no JSON object");
        if (!IsText(root)) return (null, "dashboard has a name, title, uid or tag that is no valid Unicode");
        var title = TextOf(root, "title").Trim();
        if (title.Length == 0) return (null, "Dashboard title cannot be empty");
        if (title.Length > MaxTitleLength) return (null, $"Dashboard title is longer than {MaxTitleLength} characters");
        var uid = TextOf(root, "uid").Trim();
        if (uid.Length > 0 && !IsUid(uid)) return (null, "uid contains illegal characters or is longer than 40: letters, digits, - and _ are allowed");
        var tags = new List<string>();
        if (root.TryGetProperty("tags", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            if (list.GetArrayLength() > MaxTags) return (null, $"Dashboard has more than {MaxTags} tags");
            tags.AddRange(list.EnumerateArray().Where(static tag => tag.ValueKind == JsonValueKind.String).Select(static tag => tag.GetString()!));
        }

        var isNumbered = root.TryGetProperty("version", out var number) && number.ValueKind == JsonValueKind.Number;
        var version = isNumbered && number.TryGetInt32(out var found) ? found : 0;
        return (new DashboardDocument(root, title, uid, version, tags), null);
    }

    /// <summary>Whether a text may be an id: 1 to 40 letters, digits, <c>-</c> or <c>_</c>.</summary>
    public static bool IsUid(string text) => text.Length is > 0 and <= 40 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>The document's text with the server's own three properties.</summary>
    public byte[] Write(string uid, int version)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteNull("id");
            json.WriteString("uid", uid);
            json.WriteNumber("version", version);
            foreach (var property in _root.EnumerateObject())
            {
                if (property.NameEquals("id") || property.NameEquals("uid") || property.NameEquals("version")) continue;
                json.WritePropertyName(property.Name);
                json.WriteRawValue(property.Value.GetRawText(), skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A title as part of an address: small letters and digits with dashes between.</summary>
    public static string Slug(string title)
    {
        var slug = new StringBuilder(title.Length);
        foreach (var c in title.ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c)) slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }

        return slug.ToString().TrimEnd('-');
    }

    // Escapes may write halves of characters, which only reading a text finds out.
    private static bool IsText(JsonElement root)
    {
        try
        {
            foreach (var property in root.EnumerateObject())
            {
                _ = property.Name;
                if (property.Name is "title" or "uid") _ = TextOf(root, property.Name);
                if (property.Name != "tags" || property.Value.ValueKind != JsonValueKind.Array) continue;
                foreach (var tag in property.Value.EnumerateArray()) _ = tag.ValueKind == JsonValueKind.String ? tag.GetString() : null;
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
